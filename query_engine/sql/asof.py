"""
Binds ASOF joins: each left row with the one right row whose time (or other value) is nearest.

Of the right rows with equal keys, ``left >= right`` takes the greatest value not above the left
one, ``<=`` the least one not below; ``>`` and ``<`` leave out the equal one.
"""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from query_engine.sql.errors import SqlError
from query_engine.sql.joins import Conditions, ids, is_null_safe, placed, sides
from query_engine.sql.operators import MIRRORED
from query_engine.sql.queries import Queries
from query_engine.sql.relations import AsofJoin, Relation
from query_engine.sql.scalars import Call, Scalar, columns_in

NEAREST = frozenset({"<", "<=", ">", ">="})

KEPT: Mapping[tuple[str, str], bool] = {
    ("", ""): False,
    ("", "INNER"): False,
    ("LEFT", ""): True,
    ("LEFT", "OUTER"): True,
}
"""Which ASOF joins there are, and whether they keep left rows without a partner."""


def keeps_left(queries: Queries, node: exp.Join) -> bool:
    """
    Tell whether an ASOF join is a LEFT one.

    Raises:
        Unsupported: It keeps the right side.
    """
    side, kind = str(node.args.get("side") or "").upper(), str(node.args.get("kind") or "").upper()
    kept = KEPT.get((side, kind))
    if kept is None:
        words = " ".join(filter(None, ["ASOF", side, kind]))
        hint = "ASOF JOIN and ASOF LEFT JOIN look for right rows"
        raise queries.session.source.unsupported(f"{words} JOIN is not supported", node, hint=hint)
    return kept


def asof_joined(
    queries: Queries,
    both: tuple[Relation, Relation],
    parts: Sequence[Scalar],
    node: exp.Join,
    *,
    keep: bool,
) -> Relation:
    """
    Return the ASOF join on the conjuncts *parts*: equalities and one comparison by order.

    Raises:
        TypeProblem: They are anything else.
    """
    left, right = both
    found = Conditions.of(left, right, "left", parts)
    tests = [(a, b) for a, b in found.keys if not (reads(a, left) and reads(b, right))]
    if len(found.residual) != 1 or tests or any(is_null_safe(part) for part in parts):
        raise problem(queries, node)
    (nearest,) = found.residual
    if not isinstance(nearest, Call) or nearest.name not in NEAREST:
        raise problem(queries, node)
    ours, theirs = sides(nearest, ids(left), ids(right))
    if ours is None or theirs is None:
        raise problem(queries, node)
    name = nearest.name if ours is nearest.args[0] else MIRRORED[nearest.name]
    candidates = placed(right, found.to_right)
    return AsofJoin(left, candidates, tuple(found.keys), (ours, theirs), name, keep=keep)


def reads(value: Scalar, relation: Relation) -> bool:
    """Tell whether *value* reads columns, and of *relation* only."""
    return bool(columns_in(value)) and columns_in(value) <= ids(relation)


def problem(queries: Queries, node: exp.Join) -> SqlError:
    """Return the error for a condition that is none of an ASOF join."""
    message = "ASOF JOIN takes equalities and one of < <= > >= between the two sides"
    return queries.problem(message, node.args.get("on") or node)
