"""The limits of decoding OTLP; `_native/limits.h` has the same, and tests compare them."""

PAYLOAD_BYTES_MAX = 2**31 - 1
"""Bytes of a payload; texts are addressed by 31 bits, so a larger block is corrupt."""

VALUE_DEPTH_MAX = 64
"""Arrays and maps in each other in one value; a block with a deeper one is corrupt."""

ITEMS_MAX = 8 << 20
"""Rows, map entries and list elements of one block; a block with more is corrupt: two bytes on
the wire can be a row, whose columns take hundreds."""

MADE_BYTES_MAX = 256 << 20
"""Bytes of texts that are not on the wire (numbers, JSON, hex); a block with more is corrupt."""

SCALE_MAX = 60
"""Scales of exponential histograms beyond +-60 are taken for it: no double could tell."""

JSON_DEPTH_MAX = 300
"""Objects and arrays in each other in an OTLP/JSON body; a deeper one is refused with 400."""

JSON_NUMBER_CHARS_MAX = 1000
"""Characters of a number in it; a longer one is refused with 400."""

JSON_PATH_CHARS_MAX = 200
"""A refusal names the member by its path, cut to this."""

JSON_SHOWN_CHARS_MAX = 40
"""A refusal shows this much of a value that is not of its type."""
