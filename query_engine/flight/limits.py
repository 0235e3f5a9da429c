"""Every bound of the Flight door, with what happens when it is reached."""

MESSAGE_FIELDS_MAX = 10_000
"""A message of more fields, or of more numbers in one, is refused before it is read on."""

NAME_PATTERN_CHARS_MAX = 1000
"""A longer pattern of names of schemas or tables is refused as `limit_exceeded`."""

STATEMENTS_MAX = 1000
"""One more prepared statement makes the one that was not used for longest be forgotten."""

STATEMENT_SECONDS_MAX = 3600.0
"""A prepared statement that was not used for so long is forgotten, and its values with it."""

BOUND_BYTES_MAX = 256 << 20
"""More values of all prepared statements make those that were not used for longest be forgotten."""

BIND_BYTES_MAX = 16 << 20
"""More values for one prepared statement are refused as `limit_exceeded`."""

BIND_ROWS_MAX = 1000
"""More rows of values are refused as `limit_exceeded`: each of them is a query of its own."""

TRAILER_CHARS_MAX = 800
"""
What an error says beyond it is not repeated in a trailer, only in its text: clients of gRPC lose
the status of a call whose trailers are longer than about 8 kB in all.
"""

HANDSHAKES_MAX = 32
"""One more client that shakes hands while so many do is refused as UNAVAILABLE."""
