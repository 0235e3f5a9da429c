"""The limits of the wire format: what is over one is refused with a LimitError naming it."""

BLOCK_BYTES_MAX = 64 * 1024 * 1024
"""Bytes of one decompressed container; a reader stops decompressing there and refuses it."""

BLOCK_ROWS_MAX = 16_777_216
"""Rows of one block, and entries or values of one of its columns."""

BLOCK_HEADER_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of a container's JSON header, site table included."""

BLOCK_COLUMNS_MAX = 64
"""Columns of one block."""

REQUEST_HEADER_BYTES_MAX = 4 * 1024 * 1024
"""Bytes of an envelope's JSON header."""

REQUEST_BLOCKS_MAX = 4096
"""Blocks of one request; the SDK sends at most 256."""

REQUEST_STREAMS_MAX = 4096
"""Streams of one request."""

TEXT_CHARS_MAX = 255
"""Characters of a process's texts, a property's name, a format or a tag."""

PROPERTY_CHARS_MAX = 4096
"""Characters of the value of a process's or a stream's property."""

PROPERTIES_MAX = 256
"""Properties of one process or stream."""

TAGS_MAX = 16
"""Tags of one stream."""
