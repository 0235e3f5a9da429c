"""The way from text to plan, step by step."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import polars as pl
from sqlglot import exp

from query_engine.functions.function import BadArgument
from query_engine.sql.catalog import Catalog
from query_engine.sql.clauses import refuse_unsupported
from query_engine.sql.dialect import parse
from query_engine.sql.errors import QueryTooLarge, RunProblem, SqlError, TypeProblem
from query_engine.sql.key_columns import with_key_columns
from query_engine.sql.limits import PLAN_SIZE_MAX, RECURSION_LEVELS
from query_engine.sql.lowered import Checkpoint
from query_engine.sql.lowering import lower
from query_engine.sql.naming import distinct_names
from query_engine.sql.optimize.catalog import optimized
from query_engine.sql.parameters import Given, bound_parameters, unbound_parameters
from query_engine.sql.positions import Source
from query_engine.sql.queries import Bound, Queries
from query_engine.sql.relations import Limit, Project, Relation, expanded_size
from query_engine.sql.scalars import ColumnRef, Scalar
from query_engine.sql.session import Session

# Once, when the engine is loaded: a limit that moves while a program runs surprises other parts.
sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LEVELS))


Run = Callable[[pl.LazyFrame], pl.DataFrame]
"""Runs a plan whose answer is small."""


def collected(frame: pl.LazyFrame) -> pl.DataFrame:
    """Run a plan in this process."""
    return frame.collect(engine="streaming")


def plan(
    sql: str,
    catalog: Catalog,
    *,
    limit: int | None = None,
    now_ns: int,
    checkpoint: Checkpoint = lambda frame: frame,
    parameters: Given | None = None,
    run: Run = collected,
) -> pl.LazyFrame:
    """
    Plan one query over the tables of *catalog*.

    Args:
        sql: One statement.
        catalog: Where names in FROM are looked up.
        limit: At most so many rows of the result (the door's own limit, above the statement's).
        now_ns: What ``NOW()`` means everywhere in this query, Unix ns.
        checkpoint: Put where many rows pass (scans, joins), so that its caller can stop the query
            there. It returns the rows unchanged.
        parameters: Values for ``?`` and ``$1`` in order, or by name.
        run: Runs the subqueries whose value decides what is read, as an argument of view_instance.

    Raises:
        SqlError: The text is wrong or asks for what is not supported; carries line and column.
    """
    source = Source(sql)
    with placed_errors(source):
        tree = checked(source)
        given = bound_parameters(tree, source, parameters)
        evaluate = partial(evaluated, run, checkpoint)
        session = Session(source, catalog, now_ns, given, evaluate)
        return finished(Queries(session).query(tree), limit, checkpoint)


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    What is known of a query before its parameters have values.

    Attributes:
        schema: The result's columns; one that is nothing but a parameter has the type Null.
        parameters: The parameters in the order of their first mention; None where nothing tells
            the type.
    """

    schema: pl.Schema
    parameters: dict[str, pl.DataType | None]


def prepare(sql: str, catalog: Catalog, *, now_ns: int) -> Prepared:
    """
    Find out what a query yields and takes, without values for its parameters.

    Raises:
        SqlError: As ``plan``, or a parameter stands where the type depends on its value.
    """
    source = Source(sql)
    with placed_errors(source):
        tree = checked(source)
        parameters = unbound_parameters(tree, source)
        session = Session(source, catalog, now_ns, parameters)
        frame = finished(Queries(session).query(tree), None, lambda frame: frame)
        return Prepared(frame.collect_schema(), parameters.known)


@contextmanager
def placed_errors(source: Source) -> Iterator[None]:
    """Turn what planning can raise into errors of SQL."""
    try:
        yield
    except RecursionError:
        raise QueryTooLarge("the query is nested too deeply", line=1, column=1) from None
    except BadArgument as error:
        raise source.place(TypeProblem(error.message), error.pos or 0) from None
    except pl.exceptions.PolarsError as error:
        raise engine_refusal(error) from error


def checked(source: Source) -> exp.Expr:
    """Parse and refuse what is not supported."""
    tree = parse(source)
    refuse_unsupported(tree, source)
    return tree


def evaluated(run: Run, checkpoint: Checkpoint, relation: Relation) -> pl.Series:
    """
    Return the one column of *relation*.

    Raises:
        RunProblem: It has no single value.
    """
    try:
        return run(lower(relation, checkpoint)).to_series()
    except pl.exceptions.PolarsError as error:
        reason = str(error).partition("\n\n")[0]
        raise RunProblem(f"an argument of a table function has no value: {reason}") from None


def finished(bound: Bound, limit: int | None, checkpoint: Checkpoint) -> pl.LazyFrame:
    """Return the Polars plan with the result's column names."""
    named = bound.columns
    items: tuple[tuple[ColumnRef, Scalar], ...] = tuple(
        (ColumnRef(f"{index}#out", item.column.dtype), item.column)
        for index, item in enumerate(named)
    )
    relation = optimized(with_key_columns(Project(bound.relation, items)))
    if expanded_size(relation) > PLAN_SIZE_MAX:
        message = f"the plan has more than {PLAN_SIZE_MAX} steps (PLAN_SIZE_MAX)"
        raise QueryTooLarge(message, hint="name each CTE less often", line=1, column=1)
    frame = lower(relation if limit is None else Limit(relation, limit, 0), checkpoint)
    names = distinct_names([item.name for item in named])
    frame = frame.select(
        pl.col(column.id).alias(name) for (column, _), name in zip(items, names, strict=True)
    )
    frame.collect_schema()
    return frame


def engine_refusal(error: pl.exceptions.PolarsError) -> SqlError:
    """Return the error for a plan that the engine does not take although its types are right."""
    refusal = SqlError(f"the engine refused the plan: {error}")
    refusal.code = "sql_engine"
    return refusal
