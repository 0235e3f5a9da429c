"""Lowers functions in FROM that make rows of values."""

import polars as pl

from query_engine.functions.function import Kind
from query_engine.functions.json.documents import documents
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import TableCall
from query_engine.sql.scalars import arguments


def table_call(lowering: Lowering, node: TableCall) -> pl.LazyFrame:
    """Hand the arguments over by the names of the parameters, and take the rows by theirs."""
    parameters = node.function.parameters[: len(node.args)]
    given = lowering.frame(node.input).select(
        (documents(value) if parameter.kind == Kind.JSON else value.expr).alias(parameter.name)
        for parameter, value in zip(parameters, arguments(node.args), strict=True)
    )
    rows = node.function.rows(given)
    read = lowering.needs[id(node)]
    return rows.select(
        pl.col(name).alias(column.id)
        for name, column in zip(node.function.schema, node.columns, strict=True)
        if column.id in read
    )
