"""sha512(value): the SHA-512 hash as bytes."""

from query_engine.functions.hashing.digests import hash_function

SHA512 = hash_function(
    "sha512", "The SHA-512 hash of a text (its UTF-8) or of bytes, as bytes.", "ddaf35a1"
)
