"""Lowers recursive CTEs to a source that runs them."""

import polars as pl
from polars.io.plugins import register_io_source

from query_engine.sql.iteration import LastRows, Recursion
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Recursive, Relation, WorkingTable
from query_engine.sql.scalars import ColumnRef


def working_table(_lowering: Lowering, node: WorkingTable) -> pl.LazyFrame:
    """Read what the last step added."""
    frame = register_io_source(LastRows(node.token), schema=schema_of(node.columns))
    return frame.select(named_by_place(node.columns))


def recursive(lowering: Lowering, node: Recursive) -> pl.LazyFrame:
    """Run anchor and steps, whose columns go by their places."""
    run = Recursion(
        plan_of(lowering, node.anchor), plan_of(lowering, node.step), node.token, node.distinct
    )
    frame = register_io_source(run, schema=schema_of(node.columns))
    return frame.select(named_by_place(node.columns))


def schema_of(columns: tuple[ColumnRef, ...]) -> pl.Schema:
    """Return the columns by their places."""
    return pl.Schema({str(place): column.dtype for place, column in enumerate(columns)})


def named_by_place(columns: tuple[ColumnRef, ...]) -> list[pl.Expr]:
    """Return the columns by their ids."""
    return [pl.col(str(place)).alias(column.id) for place, column in enumerate(columns)]


def plan_of(lowering: Lowering, node: Relation) -> bytes:
    """Return the plan of *node* with its columns by their places, as it travels."""
    frame = lowering.frame(node).select(
        pl.col(column.id).alias(str(place)) for place, column in enumerate(node.columns)
    )
    data = frame.serialize()
    assert isinstance(data, bytes), "written to no file"
    return data
