"""md5(value): the MD5 checksum in hexadecimal."""

from functools import partial

import polars as pl

from query_engine.functions.function import Kind, Parameter
from query_engine.functions.hashing.digests import hashed_hex
from query_engine.functions.shapes import python_function

MD5 = python_function(
    "md5",
    partial(hashed_hex, algorithm="md5"),
    (Parameter("value", Kind.TEXT_OR_BINARY),),
    pl.String(),
    "The MD5 checksum of a text (its UTF-8) or of bytes, as 32 hexadecimal digits.",
    ("md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
    group="Hashing",
)
