"""Limits of exported traces; each sentence says what happens at the limit."""

WINDOW_ROWS = 400_000
"""
So many spans, log records or values are read and written at a time, as far as the times of their
beginnings tell them apart: it bounds the memory of an export, whatever its length.
"""

WINDOW_ROW_BYTES = 256
"""Rows with more bytes of text count for several in a window: 100 MB of text fill one."""

INSTANTS_ROWS = 8_192
"""Log records are written so many at a time."""

SERIES_MAX = 1_000
"""So many series of a process (a metric with its attributes) have a track of their own each; the
values of others share one for each metric."""

CHUNK_BYTES = 1 << 20
"""A chunk of the trace is handed over when it has so many bytes; one event may make it longer."""

TEXT_CHARS_MAX = 4_096
"""Longer texts of log messages and attributes are cut, with an ellipsis at the end."""

ATTRIBUTES_MAX = 64
"""An event shows so many attributes, the first ones."""

TABLE_ROWS = 16_384
"""Packets are written so many at a time, in a table."""

TABLE_BYTES_MAX = 512
"""Where one of them is longer, they are written one by one, which is several times slower."""

SPOOL_BYTES_MAX = 8 << 30
"""An export for speedscope that needs more disk is refused with ExportTooLarge: 350 M spans do."""

SPOOL_READ_EVENTS = 1 << 16
"""So many begins and ends of a profile for speedscope are written at a time."""

TRACE_SPANS_MAX = 1_000_000
"""A whole trace with more spans is refused with ExportTooLarge; its processes can be exported."""
