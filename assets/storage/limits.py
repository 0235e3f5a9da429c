"""The limits of what is put together here; those of objects, metadata and tables are theirs."""

BULK_SEGMENT_BYTES = 64 << 20
"""A segment of bulk ingest grows to this much; one larger payload is a segment of its own."""

STAGED_OBJECT_BYTES = 64 << 20
"""The same for an object with payloads that wait."""

BULK_COMMIT_S_MAX = 120.0
"""A transaction of bulk ingest that takes longer is given up; nothing of it is stored."""
