"""
Runs recursive CTEs: the step's plan again and again, each time over the rows of the time before.

Rule: what is here travels to worker processes inside a plan. It holds plans as bytes and nothing
that lives; the rows of a step are put into its plan when the plan is read from its bytes.
"""

import io
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from query_engine.sql.limits import RECURSION_ROWS_MAX, RECURSION_STEPS_MAX
from query_engine.sql.row_source import RowSource


class Rows(threading.local):
    """The rows that a plan is about to be read over, by token; each thread has its own."""

    def __init__(self) -> None:
        self.by_token: dict[str, pl.DataFrame] = {}


_ROWS = Rows()


@dataclass(frozen=True, slots=True)
class LastRows(RowSource):
    """The source that a recursive CTE's name is inside its step; rows come with unpickling."""

    token: str
    rows: pl.DataFrame | None = None

    def __reduce__(self) -> "tuple[type[LastRows] | object, ...]":
        return (last_rows, (self.token,))

    def frames(self) -> Iterable[pl.DataFrame]:
        """Return the rows of the last step."""
        assert self.rows is not None, "a step is read from its bytes before it runs"
        return [self.rows]


def last_rows(token: str) -> LastRows:
    """Return the source over the rows that are set for *token* in this thread, if they are."""
    return LastRows(token, _ROWS.by_token.get(token))


@dataclass(frozen=True, slots=True)
class Recursion(RowSource):
    """
    The source that a recursive CTE is outside itself.

    Attributes:
        anchor: The plan of the first rows.
        step: The plan of the rows that follow from `LastRows` of ``token``; the same columns.
        distinct: Rows that were there already are not added.
    """

    anchor: bytes
    step: bytes
    token: str
    distinct: bool

    def frames(self) -> Iterator[pl.DataFrame]:
        """
        Yield the rows of the anchor and what each step adds, until a step adds none.

        Raises:
            ComputeError: There are more steps or rows than the limits allow.
        """
        rows = pl.LazyFrame.deserialize(io.BytesIO(self.anchor)).collect(engine="streaming")
        seen = rows = rows.unique() if self.distinct else rows
        total = rows.height
        for _ in range(RECURSION_STEPS_MAX):
            if rows.is_empty():
                return
            yield rows
            rows = self.following(rows)
            if self.distinct:
                rows = rows.unique().join(seen, on=rows.columns, how="anti", nulls_equal=True)
                seen = pl.concat([seen, rows])
            total += rows.height
            if total > RECURSION_ROWS_MAX:
                message = f"a recursive CTE has more than {RECURSION_ROWS_MAX} rows"
                raise pl.exceptions.ComputeError(f"{message} (RECURSION_ROWS_MAX)")
        message = f"a recursive CTE takes more than {RECURSION_STEPS_MAX} steps"
        raise pl.exceptions.ComputeError(f"{message} (RECURSION_STEPS_MAX)")

    def following(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return what a step makes of *rows*."""
        _ROWS.by_token[self.token] = rows
        try:
            step = pl.LazyFrame.deserialize(io.BytesIO(self.step))
        finally:
            del _ROWS.by_token[self.token]
        return step.collect(engine="streaming")
