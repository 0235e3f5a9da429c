"""DISTINCT ON: the first row of each combination of some expressions, in the order of ORDER BY."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from query_engine.functions.catalog import WINDOWS_BY_NAME
from query_engine.sql.errors import TypeProblem
from query_engine.sql.relations import Filter, Relation
from query_engine.sql.scalars import Literal, OrderKey, RowCall, Scalar, WindowCall
from query_engine.sql.types import INT64
from query_engine.sql.windowing import windowed
from query_engine.windows.frame import RUNNING

if TYPE_CHECKING:
    from query_engine.sql.queries import Queries


def distinct_on(node: exp.Select) -> list[exp.Ordered]:
    """Return the expressions of DISTINCT ON as ORDER BY items: they mean what they mean there."""
    distinct = node.args.get("distinct")
    clause = None if distinct is None else distinct.args.get("on")
    if clause is None:
        return []
    parts = clause.expressions if isinstance(clause, exp.Tuple) else [clause]
    return [exp.Ordered(this=part, nulls_first=False) for part in parts]


def first_of_each(
    queries: "Queries",
    relation: Relation,
    on: Sequence[Scalar],
    order: Sequence[OrderKey],
    values: Sequence[Scalar],
) -> tuple[Relation, list[Scalar]]:
    """
    Return the first rows, and *values* over them.

    Raises:
        TypeProblem: ORDER BY does not begin with the expressions of DISTINCT ON.
    """
    session = queries.session
    strange = [key.value for key in order[: len(on)] if key.value not in on]
    if strange:
        message = "ORDER BY has to begin with the expressions of DISTINCT ON"
        raise session.source.place(TypeProblem(message), strange[0].pos)
    number = RowCall(WINDOWS_BY_NAME["row_number"], (), INT64)
    call = WindowCall(number, tuple(on), tuple(order), RUNNING)
    relation, (place, *rest) = windowed(session, relation, [call, *values])
    is_first = queries.expressions.operators.compare("=", place, Literal(1, INT64), 0)
    return Filter(relation, is_first), rest
