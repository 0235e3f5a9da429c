"""The algorithms of the hash functions, and how a column is hashed."""

import hashlib
from functools import partial

import polars as pl

from query_engine.functions.function import Kind, Parameter, ScalarFunction
from query_engine.functions.shapes import python_function

ALGORITHMS = ("md5", "sha224", "sha256", "sha384", "sha512", "blake2s", "blake2b")


def hashed(value: str | bytes, algorithm: str) -> bytes:
    """Return the hash of *value*; a text stands for its UTF-8 bytes."""
    data = value.encode() if isinstance(value, str) else value
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def hashed_hex(value: str | bytes, algorithm: str) -> str:
    """Return the hash of *value* in hexadecimal."""
    return hashed(value, algorithm).hex()


def hash_function(name: str, doc: str, example: str) -> ScalarFunction:
    """Return the function of the algorithm *name*; *example* begins the hash of 'abc'."""
    return python_function(
        name,
        partial(hashed, algorithm=name),
        (Parameter("value", Kind.TEXT_OR_BINARY),),
        pl.Binary(),
        doc,
        (f"left(encode({name}('abc'), 'hex'), 8)", example),
        group="Hashing",
    )
