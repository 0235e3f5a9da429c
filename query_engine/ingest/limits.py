"""Every bound of bulk ingest, with what happens when it is reached."""

UPLOAD_ROWS_MAX = 100_000
"""A table of more rows is refused as `limit_exceeded`: send it in several calls."""

UPLOAD_BYTES_MAX = 256 << 20
"""The same for its Arrow bytes, which are held in memory until the upload is complete."""

UPLOADS_MAX = 2
"""Uploads at the same time; one more is refused as `too_many_uploads`."""

FORGET_SECONDS = 3600.0
"""How often, at most, an upload is followed by forgetting halves of blocks that waited in vain."""

JSONB_DEPTH_MAX = 2
"""Properties are an object of plain values; what is nested deeper is refused."""
