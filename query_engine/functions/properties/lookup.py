"""Looking one key of a map up, as functions and scans both do it."""

from dataclasses import dataclass

import polars as pl


def exact(properties: pl.Expr, key: str) -> pl.Expr:
    """Return the value under exactly *key*."""
    return properties.map.get(key)


def any_case(properties: pl.Expr, key: str) -> pl.Expr:
    """Return the value under *key*, else under the first key that differs in capitals only."""
    return properties.map_batches(
        AnyCase(key), return_dtype=pl.String(), is_elementwise=True, returns_scalar=False
    )


@dataclass(frozen=True, slots=True)
class AnyCase:
    """
    ``any_case`` over a batch of maps.

    Looking at every key of every map costs ten times as much as finding one, and hardly any batch
    has a key in two spellings: so the spellings of the batch are listed first.
    """

    key: str

    def __call__(self, maps: pl.Series) -> pl.Series:
        """Return the value for each map, NULL where there is none."""
        name, lower = maps.name, self.key.lower()
        entries = pl.col(name).map.entries()
        frame = maps.to_frame()
        keys = frame.select(entries.explode().struct.field("key").unique()).to_series()
        others = keys.filter((keys.str.to_lowercase() == lower) & (keys != self.key))
        found = exact(pl.col(name), self.key)
        if not others.is_empty():
            entry = pl.element()
            same = entry.struct.field("key").str.to_lowercase() == lower
            first = entries.list.eval(entry.filter(same).struct.field("value")).list.first()
            found = pl.coalesce(found, first)
        return frame.select(found.cast(pl.String).alias(name)).to_series()
