"""Checksums of texts and bytes, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.hashing.digest import DIGEST
from query_engine.functions.hashing.md5 import MD5
from query_engine.functions.hashing.sha224 import SHA224
from query_engine.functions.hashing.sha256 import SHA256
from query_engine.functions.hashing.sha384 import SHA384
from query_engine.functions.hashing.sha512 import SHA512

HASHING: tuple[ScalarFunction, ...] = (DIGEST, MD5, SHA224, SHA256, SHA384, SHA512)
