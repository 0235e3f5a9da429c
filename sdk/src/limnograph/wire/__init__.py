"""
The `limnograph/v1` wire format: what applications write and the receiver and the decoders read.

Rule: nothing here knows where bytes come from or go to, and nothing but zstd is imported from
outside the standard library. Specified in ``docs/formats/limnograph-v1.md``.
"""

from limnograph.wire.errors import FormatError, LimitError

__all__ = ["FormatError", "LimitError"]
