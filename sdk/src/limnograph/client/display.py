"""How a result looks in a notebook and at a prompt: its first rows, with types, cut and escaped."""

import shutil
from html import escape
from typing import TYPE_CHECKING

from limnograph.client.errors import QueryError
from limnograph.client.limits import SHOWN_CHARS, SHOWN_ROWS

if TYPE_CHECKING:
    import polars as pl

    from limnograph.client.result import Result

_TEXT_CHARS, _TEXT_WIDTH = 40, 100


def text(result: "Result") -> str:
    """Return what a prompt shows; an error of the query is shown, not raised."""
    try:
        frame, below = _first(result)
    except QueryError as error:
        return f"<Result of query {result.query_id}: {error}>"
    import polars as pl

    with pl.Config(
        tbl_rows=SHOWN_ROWS,
        tbl_width_chars=max(_TEXT_WIDTH, shutil.get_terminal_size().columns),
        fmt_str_lengths=_TEXT_CHARS,
        tbl_hide_dataframe_shape=True,
    ):
        return f"{frame}\n{below}"


def html(result: "Result") -> str:
    """Return what a notebook shows; an error of the query is shown, not raised."""
    try:
        frame, below = _first(result)
    except QueryError as error:
        return f"<pre>{escape(str(error))}</pre>"
    import polars as pl

    with pl.Config(
        tbl_rows=SHOWN_ROWS,
        tbl_cols=-1,
        fmt_str_lengths=SHOWN_CHARS,
        tbl_hide_dataframe_shape=True,
    ):
        return f"{frame._repr_html_()}<small>{escape(below)}</small>"


def _first(result: "Result") -> "tuple[pl.DataFrame, str]":
    """Return the first rows, and the line below them."""
    import polars as pl

    table, whole = result.head(SHOWN_ROWS)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame), "a table becomes a frame"
    rows = f"{table.num_rows:,} row{'' if table.num_rows == 1 else 's'}"
    if not whole:
        total = result.rows_known
        rows = f"the first {rows}" + (f" of {total:,}" if total is not None else "")
    columns = len(result.columns)
    return frame, f"{rows}, {columns} column{'' if columns == 1 else 's'}"
