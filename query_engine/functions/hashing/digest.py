"""digest(value, algorithm): the hash by a named algorithm as bytes."""

from functools import partial

import polars as pl

from query_engine.functions.function import (
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
)
from query_engine.functions.hashing.digests import ALGORITHMS, hashed
from query_engine.functions.rowwise import rowwise


def build(value: Argument, algorithm: Argument) -> pl.Expr:
    """The algorithm is known before the query runs."""
    if algorithm.text not in ALGORITHMS:
        raise BadArgument(f"the algorithm is one of {', '.join(ALGORITHMS)}", index=1)
    return rowwise(partial(hashed, algorithm=algorithm.text), [value], pl.Binary())


DIGEST = ScalarFunction(
    name="digest",
    group="Hashing",
    parameters=(
        Parameter("value", Kind.TEXT_OR_BINARY),
        Parameter("algorithm", Kind.TEXT, constant=True),
    ),
    returns=pl.Binary(),
    build=build,
    doc=f"The hash of a text (its UTF-8) or of bytes by an algorithm: {', '.join(ALGORITHMS)}.",
    examples=(Example("SELECT left(encode(digest('abc', 'blake2s'), 'hex'), 8)", "508c5e8c"),),
)
