"""sha256(value): the SHA-256 hash as bytes."""

from query_engine.functions.hashing.digests import hash_function

SHA256 = hash_function(
    "sha256", "The SHA-256 hash of a text (its UTF-8) or of bytes, as bytes.", "ba7816bf"
)
