"""How joins and set operations are freed of what they read from around their subquery."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from query_engine.sql.correlation import expressions_in, substituted
from query_engine.sql.joins import joined_on
from query_engine.sql.operators import Operators
from query_engine.sql.relations import (
    ONE_SIDED,
    AsofJoin,
    Join,
    Project,
    Relation,
    SetOperation,
    Union,
)
from query_engine.sql.scalars import (
    ColumnRef,
    Scalar,
    conjuncts,
)
from query_engine.sql.unnesting import Unnested, Unnesting


def joined(work: Unnesting, node: Join) -> Unnested:
    """Conditions pass an inner join; elsewhere the kept side has to know the outside's values."""
    if node.kind == "right":
        mirrored = replace(
            node,
            left=node.right,
            right=node.left,
            kind="left",
            keys=tuple((right, left) for left, right in node.keys),
        )
        return joined(work, mirrored)
    left, right = work.unnested(node.left), work.unnested(node.right)
    parts = conditions_of(work, node)
    own = [part for part in parts if not work.correlation.among([part])]
    if node.kind in {"inner", "cross"}:
        left, right = work.filled(left), work.filled(right)
        relation = joined_on(left.relation, right.relation, "inner", own)
        carried = [part for part in parts if work.correlation.among([part])]
        conditions = (*left.conditions, *right.conditions, *carried)
        return Unnested(relation, conditions, single=left.single and right.single)
    if node.kind == "full":
        return fully_joined(work, node, parts)
    right = work.filled(right)
    left = work.filled(left)
    parts.extend(right.conditions)
    wanted = work.correlation.among(parts)
    known: Mapping[str, Scalar] = {}
    if wanted:
        left, known = work.bound(left, wanted)
    parts = [substituted(part, known) for part in parts]
    single = left.single and (right.single or node.kind in ONE_SIDED)
    relation = joined_on(left.relation, right.relation, node.kind, parts, node.mark)
    return Unnested(relation, left.conditions, single=single)


def fully_joined(work: Unnesting, node: Join, parts: Sequence[Scalar]) -> Unnested:
    """Both sides of a FULL JOIN know the outside's values, and only meet for the same ones."""
    left, right = work.unnested(node.left), work.unnested(node.right)
    wanted = sorted(work.correlation.among([*parts, *left.conditions, *right.conditions]))
    operators = Operators(work.session.make)
    left_relation, left_values = work.closed(left, wanted)
    right_relation, right_values = work.closed(right, wanted)
    inner = [substituted(part, dict(zip(wanted, left_values, strict=True))) for part in parts]
    pairs = list(zip(left_values, right_values, strict=True))
    same = [operators.distinct(a, b, a.pos, negate=True) for a, b in pairs]
    relation = joined_on(left_relation, right_relation, "full", [*same, *inner])
    conditions = tuple(
        work.same(name, operators.first_known(pair, pair[0].pos))
        for name, pair in zip(wanted, pairs, strict=True)
    )
    return Unnested(relation, conditions)


def conditions_of(work: Unnesting, node: Join) -> list[Scalar]:
    """Return the keys of a join as conditions, and the rest of its condition."""
    operators = Operators(work.session.make)
    parts: list[Scalar] = []
    for left, right in node.keys:
        if node.nulls_equal:
            parts.append(operators.distinct(left, right, left.pos, negate=True))
        else:
            parts.append(operators.compare("=", left, right, left.pos))
    return parts if node.residual is None else [*parts, *conjuncts(node.residual)]


def united(work: Unnesting, node: Union) -> Unnested:
    """Every branch knows the values of everything that any of them reads."""
    inputs, columns, conditions = branches(work, node.inputs)
    return Unnested(Union(tuple(inputs), (*node.columns, *columns)), conditions)


def set_operation(work: Unnesting, node: SetOperation) -> Unnested:
    """Rows are compared together with the values of the outside."""
    inputs, columns, conditions = branches(work, (node.left, node.right))
    left, right = inputs
    changed = replace(node, left=left, right=right, columns=(*node.columns, *columns))
    return Unnested(changed, conditions)


def branches(
    work: Unnesting, nodes: Sequence[Relation]
) -> tuple[list[Relation], list[ColumnRef], tuple[Scalar, ...]]:
    """Return *nodes* with the values that any of them reads, and the columns of their union."""
    parts = [work.unnested(child) for child in nodes]
    wanted = sorted(work.correlation.among([c for part in parts for c in part.conditions]))
    inputs: list[Relation] = []
    for child, part in zip(nodes, parts, strict=True):
        relation, values = work.closed(part, wanted)
        extra = [work.session.fresh("value", value.dtype) for value in values]
        kept = tuple((column, column) for column in child.columns)
        inputs.append(Project(relation, (*kept, *zip(extra, values, strict=True))))
    columns = [work.session.fresh("value", work.correlation.parameters[n].dtype) for n in wanted]
    conditions = tuple(work.same(n, column) for n, column in zip(wanted, columns, strict=True))
    return inputs, columns, conditions


def asof_joined(work: Unnesting, node: AsofJoin) -> Unnested:
    """Only the left side may depend on the outside: a right row less would be another nearest."""
    if work.correlation.touches(node.right) or work.correlation.among(expressions_in(node)):
        raise work.refusal("an ASOF JOIN whose right side or condition depends on a query around")
    left = work.filled(work.unnested(node.left))
    return replace(left, relation=replace(node, left=left.relation))
