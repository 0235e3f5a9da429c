"""sha224(value): the SHA-224 hash as bytes."""

from query_engine.functions.hashing.digests import hash_function

SHA224 = hash_function(
    "sha224", "The SHA-224 hash of a text (its UTF-8) or of bytes, as bytes.", "23097d22"
)
