"""
Who is whose parent among trace spans, whose ids are texts.

Ids as they should be, 16 hexadecimal digits, are compared as numbers, which takes a third of the
time. One that is anything else is compared as the text that it is, and all others with it.
"""

import numpy as np
import polars as pl

from query_engine.spans.forest import Forest, places, planted
from query_engine.spans.sorting import Ints

DIGITS = 16


def forest_of(ids: pl.Series, parents: pl.Series, order: Ints) -> Forest:
    """
    Return who is whose parent among the spans of one trace, numbered by their place in *order*.

    Args:
        ids: Id of each span; of equal ones the first in *order* is the one that is meant.
        parents: Id of each span's parent; NULL and what no span has are those of none.
        order: Places of all spans.
    """
    own, over = (numbers.gather(order) for numbers in _numbers(ids, parents))
    named, owned = (np.flatnonzero(one.is_not_null().to_numpy()) for one in (own, over))
    parent = np.full(len(order), -1, np.int64)
    found = places(own.drop_nulls().to_numpy(), over.drop_nulls().to_numpy())
    parent[owned] = np.where(found >= 0, named[found], -1) if len(named) else -1
    return planted(parent)


def _numbers(ids: pl.Series, parents: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return numbers that are equal where the texts are, NULL where they are."""
    if _readable(ids) and _readable(parents):
        own, over = (
            one.str.to_integer(base=16, dtype=pl.UInt64()).reinterpret(signed=True)
            for one in (ids, parents)
        )
        return own, over
    ranks = pl.concat([ids, parents]).rank("dense").cast(pl.Int64())
    return ranks[: len(ids)], ranks[len(ids) :]


def _readable(ids: pl.Series) -> bool:
    """Return whether every id is a number in one way only."""
    return bool(ids.str.contains(f"^[0-9a-f]{{{DIGITS}}}$").all())
