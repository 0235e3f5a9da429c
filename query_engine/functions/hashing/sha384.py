"""sha384(value): the SHA-384 hash as bytes."""

from query_engine.functions.hashing.digests import hash_function

SHA384 = hash_function(
    "sha384", "The SHA-384 hash of a text (its UTF-8) or of bytes, as bytes.", "cb00753f"
)
