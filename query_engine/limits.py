"""Every bound of the query service, with what happens when it is reached."""

RUNNING_QUERIES_MAX = 8
"""Default of the setting: a query beyond it waits for a slot."""

WAITING_QUERIES_MAX = 32
"""Default of the setting: one more waiting query is refused as `too_many_queries`."""

QUEUE_WAIT_S_MAX = 10.0
"""A query that waited this long for a slot is refused as `too_many_queries`."""

QUERY_SECONDS_MAX = 300.0
"""
Default of the setting: a query, including the time its client takes to read the result, is stopped
with `time_limit`.
"""

SQL_BYTES_MAX = 1 << 20
"""Longer SQL text (UTF-8) is refused as `limit_exceeded`."""

REQUEST_BYTES_MAX = SQL_BYTES_MAX + (64 << 10)
"""A larger HTTP body or Flight ticket is refused as `limit_exceeded`."""

BATCH_BYTES_MAX = 4 << 20
"""
A larger batch is split by rows before it leaves. Flight clients refuse messages above 16 MiB; one
row that is larger than this is sent whole.
"""

BATCH_ROWS_MAX = 65_536
"""The engine hands over at most this many rows at a time."""

READY_BATCHES_MAX = 4
"""The engine pauses while this many batches wait for the client."""

TAIL_BLOCKS_MAX = 250_000
"""A query that had to read more unmaterialized blocks of a view is refused as `tail_too_long`."""

UNCHECKED_ROWS_MAX = 20_000_000
"""
Scans of files with more rows can always be cancelled; below, a scan for the first rows of an order
runs to its end, which is soon, because checking would keep it from reading less.
"""

TAIL_GROUP_BYTES_MAX = 8 << 20
"""Tail blocks are decoded in groups of at most this many payload bytes, so memory stays bounded."""

ERROR_TEXT_BYTES_MAX = 1000
"""Longer error texts are cut: Flight carries them twice in HTTP/2 trailers, which clients bound."""

DRAIN_SECONDS_MAX = 5.0
"""Default of the setting: queries that still run this long after SIGTERM are cancelled."""

HTTP_HEADER_BYTES_MAX = 16 << 10
"""Longer request headers are refused with 400, and the connection is closed."""

CLOSE_SECONDS_MAX = 2.0
"""Doors that have not closed after it are left open, and the process ends without them."""
