"""How large a table is and what its columns lie between, from the statistics of its files."""

from weakref import WeakKeyDictionary

import polars as pl

from assets.storage.tables import Snapshot
from query_engine.sql.catalog import ColumnStatistics, TableStatistics
from query_engine.tables.prune import MAX, MIN

_KNOWN: WeakKeyDictionary[Snapshot, TableStatistics] = WeakKeyDictionary()


def of_snapshot(snapshot: Snapshot, columns: tuple[str, ...]) -> TableStatistics:
    """Return the statistics of a snapshot's files, added up once."""
    if snapshot not in _KNOWN:
        _KNOWN[snapshot] = of_files(snapshot.files, columns)
    return _KNOWN[snapshot]


def of_files(files: pl.DataFrame, columns: tuple[str, ...]) -> TableStatistics:
    """Return the statistics of all *files* together."""
    bounded = [name for name in columns if MIN + name in files.columns]
    summary = files.select(
        pl.col("num_records").sum(),
        *(pl.col(MIN + name).min() for name in bounded),
        *(pl.col(MAX + name).max() for name in bounded),
    )
    bounds = {
        name: ColumnStatistics(value(summary[MIN + name]), value(summary[MAX + name]))
        for name in bounded
    }
    return TableStatistics(float(summary["num_records"].item()), bounds)


def value(one: pl.Series) -> object:
    """Return the one value of a series, times as Unix ns."""
    if isinstance(one.dtype, pl.Datetime):
        return one.cast(pl.Datetime("ns", one.dtype.time_zone)).to_physical().item()
    return one.item()
