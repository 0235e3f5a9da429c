"""Looking one key of a map up, as functions and scans both do it."""

import polars as pl


def exact(properties: pl.Expr, key: str) -> pl.Expr:
    """Return the value under exactly *key*."""
    return properties.map.get(key)


def any_case(properties: pl.Expr, key: str) -> pl.Expr:
    """Return the value under *key*, else under the first key that differs in capitals only."""
    entry = pl.element()
    same = entry.struct.field("key").str.to_lowercase() == key.lower()
    others = properties.map.entries().list.eval(entry.filter(same).struct.field("value"))
    return pl.coalesce(properties.map.get(key), others.list.first())
