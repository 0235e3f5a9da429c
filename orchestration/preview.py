"""
The newest rows of an hour as a markdown table: what somebody sees who wonders what is in a table.

Bounded in everything: one file is read, of one of its columns all values, of the others only those
of the rows that are shown.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
import polars.selectors as cs

from assets.storage.tables import Snapshot
from assets.views.reading import reading_of
from assets.views.view import View
from orchestration.limits import PREVIEW_COLUMNS_MAX, PREVIEW_FILE_ROWS_MAX, PREVIEW_ROWS_MAX
from orchestration.markdown import table

_LESS_TELLING = ("exe", "username", "computer", "properties")
"""How columns end that say less to people than others: shown where there is room,"""

_LEAST_TELLING = ("_id", "_time", "_types", "process_properties")
"""and those that are shown only where there is nothing else."""


def newest_rows(
    snapshot: Snapshot, view: View, files: pl.DataFrame, options: Mapping[str, str]
) -> str | None:
    """
    Return the newest rows of *files* (of `Snapshot.files`), or None if there is no file to read.

    Of several files the one with the newest row is read; larger ones than
    `PREVIEW_FILE_ROWS_MAX` rows never.
    """
    newest = f"max_{view.time_column}"
    small = files.filter(pl.col("num_records").is_between(1, PREVIEW_FILE_ROWS_MAX))
    if small.is_empty():
        return None
    order = [newest] if newest in small.columns else []
    chosen = small.sort([*order, "path"], descending=True, nulls_last=True).head(1)
    reading = reading_of(view, snapshot, snapshot.generations_of(chosen)[0])
    if view.time_column not in reading.plain:
        return None
    scan = pl.scan_parquet(
        chosen["path"][0],
        schema=reading.stored,
        glob=False,
        hive_partitioning=False,
        missing_columns="insert",
        extra_columns="ignore",
        storage_options=dict(options) or None,
    )
    times = scan.select(view.time_column).collect().to_series()
    bound = times.top_k(PREVIEW_ROWS_MAX).min()
    names = shown_columns(view)
    rows = scan.filter(pl.col(view.time_column) >= bound).select(reading.rows).select(names)
    newest_first = rows.collect().sort(view.time_column, descending=True).head(PREVIEW_ROWS_MAX)
    told = newest_first.with_columns(cs.temporal().dt.strftime("%F %T%.f"))
    return table(names, [[as_text(value) for value in row] for row in told.iter_rows()])


def shown_columns(view: View) -> list[str]:
    """Return the columns worth showing: the time first, then what is read by people."""
    names = [column.name for column in view.columns]
    names.sort(key=lambda name: (name != view.time_column, _rank(name)))
    return names[:PREVIEW_COLUMNS_MAX]


def _rank(name: str) -> int:
    if name.endswith(_LEAST_TELLING):
        return 2
    return 1 if name.endswith(_LESS_TELLING) else 0


def as_text(value: Any) -> str:
    """Return a value as people read it; a map as ``key=value``."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={entry}" for name, entry in value.items())
    return str(value)
