"""
Takes out of an OR what all of its alternatives demand: ``(a AND b) OR (a AND c)`` is
``a AND (b OR c)``.

What is taken out can become the key of a join or prune files; inside the OR it can do neither.
The two are equal in three-valued logic too.
"""

from collections.abc import Sequence
from dataclasses import replace

from query_engine.sql.joins import placed
from query_engine.sql.operators import all_of, disjunction
from query_engine.sql.relations import Filter, Join, Relation
from query_engine.sql.rewriting import rebuilt
from query_engine.sql.scalars import Call, Scalar, conjuncts
from query_engine.sql.types import BOOLEAN


def with_factors_out(root: Relation) -> Relation:
    """Return *root* with common factors taken out of every filter and inner join."""
    return rebuilt(root, factored)


def factored(node: Relation) -> Relation:
    """Return one relation with the factors of its condition on their own."""
    if isinstance(node, Filter):
        parts = split(conjuncts(node.predicate))
        return node if parts is None else placed(node.input, parts)
    if isinstance(node, Join) and node.kind == "inner" and node.residual is not None:
        parts = split(conjuncts(node.residual))
        if parts is not None:
            return placed(replace(node, residual=None), parts)
    return node


def split(parts: Sequence[Scalar]) -> list[Scalar] | None:
    """Return *parts* with the factors of each OR beside it; None when there are none."""
    found = [factors(part) for part in parts]
    if all(len(one) == 1 and one[0] is part for one, part in zip(found, parts, strict=True)):
        return None
    return [factor for one in found for factor in one]


def factors(part: Scalar) -> list[Scalar]:
    """Return the factors of one condition, then what is left of it; together they mean the same."""
    sets = alternatives(part)
    shared = [one for one in sets[0] if all(one in other for other in sets[1:])]
    if len(sets) < 2 or not shared:
        return [part]
    rest = [[one for one in found if one not in shared] for found in sets]
    if not all(rest):  # one alternative demands nothing else, so neither does the OR
        return shared
    return [*shared, any_of([all_of(found) for found in rest])]


def alternatives(part: Scalar) -> list[list[Scalar]]:
    """Return the conjuncts of each alternative of an OR; of anything else, one alternative."""
    options: Sequence[Scalar] = (part,)
    if isinstance(part, Call) and part.name == "or":
        options = part.args
    return [list(dict.fromkeys(conjuncts(option))) for option in options]


def any_of(parts: Sequence[Scalar]) -> Scalar:
    """Return the OR of boolean expressions that are bound already."""
    if len(parts) == 1:
        return parts[0]
    return Call("or", tuple(parts), BOOLEAN, disjunction, parts[0].pos)
