"""Asks small queries of frames in memory."""

import polars as pl

from query_engine.sql import plan
from query_engine.tables.memory import MemoryCatalog


def column(sql: str, **tables: pl.DataFrame) -> list[object]:
    """Return the first column of a query's answer."""
    frames = {name: frame.lazy() for name, frame in tables.items()}
    frame = plan(sql, MemoryCatalog(frames), now_ns=0).collect(engine="streaming")
    return frame.to_series().to_list()


def answer(sql: str, **tables: pl.DataFrame) -> object:
    """Return the only value of a query's answer."""
    (value,) = column(sql, **tables)
    return value
