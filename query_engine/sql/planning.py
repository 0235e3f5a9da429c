"""The way from text to plan, step by step."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import polars as pl
from sqlglot import exp

from query_engine.engine_words import in_words_of_sql
from query_engine.functions.function import BadArgument
from query_engine.sql.analyze import analyzed
from query_engine.sql.catalog import Catalog, DefiningCatalog, ScanRequest
from query_engine.sql.clauses import refuse_unsupported
from query_engine.sql.errors import QueryTooLarge, RunProblem, SqlError, TypeProblem
from query_engine.sql.explain import EXPLAIN_SCHEMA, explained
from query_engine.sql.key_columns import with_key_columns
from query_engine.sql.limits import PLAN_SIZE_MAX, RECURSION_LEVELS
from query_engine.sql.lowering import lower
from query_engine.sql.naming import distinct_names
from query_engine.sql.optimize.catalog import optimized
from query_engine.sql.parameters import Given, Parameters, bound_parameters, unbound_parameters
from query_engine.sql.passing import Passing
from query_engine.sql.positions import Source
from query_engine.sql.predicates import scan_requests
from query_engine.sql.queries import Bound, Queries
from query_engine.sql.relations import Limit, Project, Relation, expanded_size
from query_engine.sql.scalars import ColumnRef, Scalar
from query_engine.sql.session import Evaluate, Session
from query_engine.sql.statements import Describe, DescribeTable, Explain, Query, read_statement
from query_engine.sql.tellings import described, told
from query_engine.sql.view_statements import CreateView, DropView, ViewStatement

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
    parameters: Given | None = None,
    run: Run = collected,
) -> pl.LazyFrame:
    """
    Plan one statement over the tables of *catalog*.

    Args:
        sql: One statement.
        catalog: Where names in FROM are looked up.
        limit: At most so many rows of the result (the door's own limit, above the statement's).
        now_ns: What ``NOW()`` means everywhere in this query, Unix ns.
        parameters: Values for ``?`` and ``$1`` in order, or by name.
        run: Runs the subqueries whose value decides what is read, as an argument of view_instance.

    Raises:
        SqlError: The text is wrong or asks for what is not supported; carries line and column.
    """
    source = Source(sql)
    evaluate = partial(evaluated, run)
    planning = Planning(source, catalog, now_ns, evaluate, limit, run=run)
    with placed_errors(source):
        return planning.plan(lambda tree: bound_parameters(tree, source, parameters))


def is_explained(sql: str) -> bool:
    """Say whether a statement is EXPLAIN, which runs nothing; raises SqlError."""
    statement = read_statement(Source(sql))
    return isinstance(statement, Explain) and not statement.analyze


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


def prepare(
    sql: str, catalog: Catalog, *, now_ns: int, parameters: Given | None = None
) -> Prepared:
    """
    Find out what a query yields and takes, without running any of it.

    Args:
        sql: One statement.
        catalog: Where names in FROM are looked up.
        now_ns: What ``NOW()`` means.
        parameters: Values for its parameters; None leaves them open.

    Raises:
        SqlError: As ``plan``, or a parameter stands where the type depends on its value.
    """
    source = Source(sql)
    kept: list[Parameters] = []

    def named(tree: exp.Expr) -> Parameters:
        kept.append(
            unbound_parameters(tree, source)
            if parameters is None
            else bound_parameters(tree, source, parameters)
        )
        return kept[0]

    with placed_errors(source):
        frame = Planning(source, catalog, now_ns).plan(named)
        return Prepared(frame.collect_schema(), kept[0].known)


@dataclass(frozen=True, slots=True)
class Planning:
    """
    The planning of one text.

    Attributes:
        evaluate: For values that are needed to plan; None when the query will not run.
        limit: At most so many rows of the result.
        run: Runs what decides how the rest is read; None when the query will not run.
        seconds: How long each step took, by its name.
    """

    source: Source
    catalog: Catalog
    now_ns: int
    evaluate: Evaluate | None = None
    limit: int | None = None
    run: Run | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def plan(self, parameters: Callable[[exp.Expr], Parameters]) -> pl.LazyFrame:
        """Return the plan of whatever statement the text is; raises as ``plan``."""
        with self.timed("parse"):
            statement = read_statement(self.source)
        if isinstance(statement, Query):
            return self.query(statement.tree, parameters, self.limit).frame
        if isinstance(statement, Explain):
            return limited(self.explained(statement, parameters), self.limit)
        if isinstance(statement, Describe):
            schema = self.query(statement.tree, parameters, None).frame.collect_schema()
            return limited(described(schema), self.limit)
        parameters(exp.Null())
        if isinstance(statement, CreateView | DropView):
            return self.changed_views(statement)
        try:
            return limited(told(statement, self.catalog), self.limit)
        except SqlError as error:
            offset = statement.table.offset if isinstance(statement, DescribeTable) else 0
            raise self.source.place(error, offset) from None

    def changed_views(self, statement: ViewStatement) -> pl.LazyFrame:
        """Return the plan that defines or drops a view when it runs."""
        if not isinstance(self.catalog, DefiningCatalog):
            raise self.source.unsupported("no views can be defined here", 0)
        return self.catalog.change_views(statement, self.source)

    def query(
        self, tree: exp.Expr, parameters: Callable[[exp.Expr], Parameters], limit: int | None
    ) -> "Planned":
        """Return the plan of a query."""
        with self.timed("bind"):
            refuse_unsupported(tree, self.source)
            given = parameters(tree)
            session = Session(self.source, self.catalog, self.now_ns, given, self.evaluate)
            bound = Queries(session).query(tree)
        with self.timed("plan"):
            return finished(bound, limit, None if self.run is None else Passing(session, self.rows))

    def rows(self, relation: Relation) -> pl.DataFrame:
        """Run a relation now."""
        assert self.run is not None, "the query will run"
        return self.run(lower(relation))

    def explained(
        self, statement: Explain, parameters: Callable[[exp.Expr], Parameters]
    ) -> pl.LazyFrame:
        """Return the rows of EXPLAIN, or the plan that yields those of EXPLAIN ANALYZE."""
        planned = self.query(statement.tree, parameters, None)
        rows = explained(planned.relation, planned.requests, planned.frame)
        if not statement.analyze:
            return pl.DataFrame(rows, schema=EXPLAIN_SCHEMA, orient="row").lazy()
        reports = [request.report for request in planned.requests.values()]
        pin = sum(report.pin_seconds for report in reports)
        tail = sum(report.tail_seconds for report in reports)
        rest = max(0.0, self.seconds["plan"] - pin - tail)
        seconds = {**self.seconds, "plan": rest, "pin": pin, "tail": tail}
        return analyzed(planned.frame, rows, seconds)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Measure how long *step* takes."""
        begun = time.perf_counter()
        yield
        self.seconds[step] = time.perf_counter() - begun


def limited(frame: pl.LazyFrame, limit: int | None) -> pl.LazyFrame:
    """Return at most *limit* rows."""
    return frame if limit is None else frame.head(limit)


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


@dataclass(frozen=True, slots=True)
class Planned:
    """A query's plan, the steps that it was made of, and what its scans were asked for."""

    frame: pl.LazyFrame
    relation: Relation
    requests: Mapping[int, ScanRequest]


def evaluated(run: Run, relation: Relation) -> pl.Series:
    """
    Return the one column of *relation*.

    Raises:
        RunProblem: It has no single value.
    """
    try:
        return run(lower(relation)).to_series()
    except pl.exceptions.PolarsError as error:
        reason = in_words_of_sql(str(error).partition("\n\n")[0])
        raise RunProblem(f"an argument of a table function has no value: {reason}") from None


def finished(bound: Bound, limit: int | None, passing: Passing | None) -> Planned:
    """Return the Polars plan with the result's column names."""
    named = bound.columns
    items: tuple[tuple[ColumnRef, Scalar], ...] = tuple(
        (ColumnRef(f"{item.name}#out{index}", item.column.dtype), item.column)
        for index, item in enumerate(named)
    )
    relation: Relation = optimized(with_key_columns(Project(bound.relation, items)))
    relation = relation if passing is None else passing.passed(relation)
    if expanded_size(relation) > PLAN_SIZE_MAX:
        message = f"the plan has more than {PLAN_SIZE_MAX} steps (PLAN_SIZE_MAX)"
        raise QueryTooLarge(message, hint="name each CTE less often", line=1, column=1)
    relation = relation if limit is None else Limit(relation, limit, 0)
    requests = scan_requests(relation)
    frame = lower(relation, requests)
    names = distinct_names([item.name for item in named])
    frame = frame.select(
        pl.col(column.id).alias(name) for (column, _), name in zip(items, names, strict=True)
    )
    frame.collect_schema()
    return Planned(frame, relation, requests)


def engine_refusal(error: pl.exceptions.PolarsError) -> SqlError:
    """Return the error for a plan that the engine does not take although its types are right."""
    refusal = SqlError(f"the engine refused the plan: {error}")
    refusal.code = "sql_engine"
    return refusal
