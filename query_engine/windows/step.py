"""
The step of a plan that computes the windows of one SELECT.

It travels to other processes inside the plan, so it holds names, plain values and Polars
expressions only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from query_engine.functions.window import WindowFunction
from query_engine.functions.windows.catalog import WINDOWS_BY_NAME
from query_engine.windows.bounds import Bounds, bounds
from query_engine.windows.each import each
from query_engine.windows.folds import FOLDS
from query_engine.windows.frame import Frame
from query_engine.windows.ordinals import coded
from query_engine.windows.rows import Ints, Rows, SortKey, arranged
from query_engine.windows.seen import Seen


@dataclass(frozen=True, slots=True)
class Computed:
    """
    One column to compute.

    Attributes:
        function: A name in the registry of window functions or among FOLDS; empty for an aggregate
            that is not put together from parts.
        inputs: The columns of its arguments; a default of lag and lead comes last.
        constants: Its constant arguments.
        key: The column that RANGE with an offset looks into.
        aggregate: The value of an aggregate for a group of rows; None for other functions.
        finish: What makes the column of what *aggregate* yields, where that is not all.
    """

    name: str
    dtype: pl.DataType
    function: str
    inputs: tuple[str, ...]
    constants: tuple[object, ...]
    frame: Frame
    key: str | None = None
    aggregate: pl.Expr | None = None
    finish: pl.Expr | None = None
    ignore_nulls: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """Columns over the same partitions in the same order."""

    partition: tuple[str, ...]
    keys: tuple[SortKey, ...]
    columns: tuple[Computed, ...]

    def whole(self) -> list[pl.Expr]:
        """Return what is one value for each partition, in whatever order its rows are."""
        return [
            column.aggregate.alias(column.name)
            for column in self.columns
            if column.aggregate is not None and self.is_whole(column)
        ]

    def rest(self) -> "Over":
        """Return the same with the other columns only."""
        return replace(self, columns=tuple(c for c in self.columns if not self.is_whole(c)))

    def is_whole(self, column: Computed) -> bool:
        """Tell whether a column needs nothing but the rows of each partition."""
        unordered = bool(column.function) or (not self.keys and not column.dtype.is_nested())
        return column.aggregate is not None and column.frame.whole and unordered


@dataclass(frozen=True, slots=True)
class WindowStep:
    """Adds the columns of all windows to a frame; its rows stay as and where they are."""

    overs: tuple[Over, ...]

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return *frame* with the columns."""
        made: dict[str, pl.Series] = {}
        sorted_by: list[tuple[Over, Rows]] = []
        for over in self.overs:
            made |= whole_partitions(frame, over)
        for over in sorted(map(Over.rest, self.overs), key=lambda over: -len(over.keys)):
            if not over.columns:
                continue
            rows = shared(over, sorted_by)
            if rows is None:
                rows = arranged(frame, over.partition, over.keys)
                sorted_by.append((over, rows))
            made |= Columns(rows).computed(over.columns)
        columns = [column for over in self.overs for column in over.columns]
        wide = frame.with_columns(made[column.name].alias(column.name) for column in columns)
        finishes = [c.finish.alias(c.name) for c in columns if c.finish is not None]
        return wide.with_columns(finishes) if finishes else wide


def whole_partitions(frame: pl.DataFrame, over: Over) -> Mapping[str, pl.Series]:
    """Return the columns that are one value for each partition: nothing is sorted for them."""
    values = over.whole()
    if not over.partition:
        one = frame.select(values) if values else pl.DataFrame()
        return {column.name: column.new_from_index(0, frame.height) for column in one}
    table = frame.select(value.over(over.partition) for value in values)
    return {column.name: column for column in table}


def shared(over: Over, done: Iterable[tuple[Over, Rows]]) -> Rows | None:
    """Return rows that are already sorted as *over* needs them."""
    for other, rows in done:
        same = set(other.partition) == set(over.partition)
        if same and other.keys[: len(over.keys)] == over.keys:
            return rows.under(over.keys)
    return None


class Columns:
    """Computes columns over the same rows; frames that several of them read are found once."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.known_bounds: dict[tuple[Frame, str | None], Bounds] = {}

    def computed(self, columns: Iterable[Computed]) -> Mapping[str, pl.Series]:
        """Return the columns by name, in the order in which the rows came."""
        made = {}
        for column in columns:
            if column.aggregate is None:
                made[column.name] = self.called(WINDOWS_BY_NAME[column.function], column)
                continue
            values = self.aggregated(column, column.aggregate)
            values = values if column.finish is not None else values.cast(column.dtype)
            made[column.name] = self.rows.placed(values)
        return made

    def aggregated(self, column: Computed, aggregate: pl.Expr) -> pl.Series:
        """Return an aggregate over the sorted rows: from parts where it can be put together."""
        frames = self.bounds(column)
        if column.function == "count":
            sizes = [frames.counted(self.rows.known(name)) for name in column.inputs]
            return pl.Series(sizes[0] if sizes else frames.sizes())
        if column.function:
            fold, source = FOLDS[column.function], self.rows.frame.get_column(column.inputs[0])
            if isinstance(source.dtype, pl.String):
                codes, texts = coded(source)
                found = fold(self.rows, frames, codes.gather(self.rows.order), codes.dtype)
                return texts.gather(found)
            return fold(self.rows, frames, source.gather(self.rows.order), column.dtype)
        inputs = [self.rows.sorted(name) for name in column.inputs]
        return each(self.rows, frames, inputs, aggregate)

    def bounds(self, column: Computed) -> Bounds:
        """Return the frames of a column."""
        place = (column.frame, column.key)
        if place not in self.known_bounds:
            key = None if column.key is None else self.rows.sorted(column.key)
            self.known_bounds[place] = bounds(self.rows, column.frame, key)
        return self.known_bounds[place]

    def called(self, function: WindowFunction, column: Computed) -> pl.Series:
        """Return a window function's column, in the order in which the rows came."""
        rows = self.rows
        known = None
        if column.ignore_nulls:
            known = rows.known(column.inputs[0])
        seen = Seen(rows, self.bounds(column) if function.framed else None, known)
        if function.numbers is not None:
            numbers = function.numbers(seen, *column.constants)
            return rows.placed(pl.Series(numbers, dtype=column.dtype))
        assert function.positions is not None, "a function has one of the two"
        found = function.positions(seen, *column.constants)[rows.place]
        return self.picked(column, found)

    def picked(self, column: Computed, found: Ints) -> pl.Series:
        """Return the first input's values at sorted rows, the default where there is no row."""
        frame, order = self.rows.frame, self.rows.order
        places = pl.DataFrame({"row": order[found] if len(order) else found, "found": found})
        there = pl.when(pl.col("found") >= 0)
        values = frame.get_column(column.inputs[0]).gather(
            places.select(there.then("row")).to_series()
        )
        if len(column.inputs) == 1:
            return values
        default = frame.get_column(column.inputs[1])
        table = places.with_columns(values.alias("value"), default.alias("default"))
        return table.select(there.then("value").otherwise("default")).to_series()
