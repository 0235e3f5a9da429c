"""Lowers window functions to one step that adds their columns."""

from collections.abc import Mapping

import polars as pl

from query_engine.sql.lower_aggregates import aggregate_expression, finish_expression
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Window
from query_engine.sql.scalars import AggregateCall, ColumnRef, Literal, Scalar, WindowCall, children
from query_engine.windows.folds import foldable
from query_engine.windows.frame import RUNNING, WHOLE
from query_engine.windows.rows import SortKey
from query_engine.windows.step import Computed, Over, WindowStep


def window(lowering: Lowering, node: Window) -> pl.LazyFrame:
    """Add the columns of the windows that are read."""
    read = lowering.needs[id(node)]
    kept = [column for column in node.input.columns if column.id in lowering.needs[id(node.input)]]
    groups: dict[tuple[tuple[str, ...], tuple[SortKey, ...]], list[Computed]] = {}
    made: dict[str, pl.DataType] = {}
    for column, call in node.calls:
        if column.id in read:
            partition = tuple(dict.fromkeys(map(name_of, call.partition)))
            place = (partition, sort_keys(call))
            groups.setdefault(place, []).append(computed(column, call))
    for columns in groups.values():
        made |= {column.name: column.dtype for column in columns}
    overs = tuple(Over(*place, tuple(columns)) for place, columns in groups.items())
    schema: Mapping[str, pl.DataType] = {column.id: column.dtype for column in kept} | made
    frame = lowering.frame(node.input).select(column.id for column in kept)
    if not overs:
        return frame
    return frame.map_batches(WindowStep(overs), schema=dict(schema))


def sort_keys(call: WindowCall) -> tuple[SortKey, ...]:
    """Return the columns of ORDER BY."""
    return tuple(SortKey(name_of(key.value), key.descending, key.nulls_last) for key in call.order)


def computed(column: ColumnRef, node: WindowCall) -> Computed:
    """Return what the step has to know to compute one column."""
    key = None if node.key is None else name_of(node.key)
    frame = WHOLE if not node.order and node.frame == RUNNING else node.frame
    call = node.call
    if isinstance(call, AggregateCall):
        plain = not call.distinct and not call.order and call.where is None
        own = call.args[0] if len(call.args) == 1 else None
        folds = isinstance(own, ColumnRef) and foldable(call.function.name, own.dtype)
        name = call.function.name if plain and (folds or counts_rows(call)) else ""
        inputs = tuple(dict.fromkeys(v.id for v in children(call) if isinstance(v, ColumnRef)))
        return Computed(
            column.id,
            column.dtype,
            name,
            inputs,
            (),
            frame,
            key,
            aggregate=aggregate_expression(call),
            finish=finish_expression(column, call),
        )
    inputs = tuple(value.id for value in call.args if isinstance(value, ColumnRef))
    constants = tuple(value.value for value in call.args if isinstance(value, Literal))
    return Computed(
        column.id,
        column.dtype,
        call.function.name,
        inputs,
        constants,
        frame,
        key,
        ignore_nulls=call.ignore_nulls,
    )


def counts_rows(call: AggregateCall) -> bool:
    """Tell whether *call* is ``count(*)`` or of a constant that is not NULL."""
    own = call.args[0] if call.args else None
    counts = call.function.name == "count" and isinstance(own, Literal)
    return counts and isinstance(own, Literal) and own.value is not None


def name_of(value: Scalar) -> str:
    """Return the column that a prepared input is."""
    assert isinstance(value, ColumnRef), "windows read columns once they are bound"
    return value.id
