"""Binds JOIN: its kinds, ON, USING, NATURAL and LATERAL."""

from collections.abc import Sequence

from sqlglot import exp

from query_engine.sql.asof import asof_joined, keeps_left
from query_engine.sql.correlation import substituted
from query_engine.sql.errors import TypeProblem, UnknownColumn, UnknownTable
from query_engine.sql.expressions import Context
from query_engine.sql.joins import TRUE, joined_on
from query_engine.sql.lateral import bind_lateral, joined_laterally
from query_engine.sql.partners import partnered
from query_engine.sql.positions import offset_of
from query_engine.sql.queries import Queries
from query_engine.sql.relations import ONE_SIDED, Join, JoinKind, Project, Relation
from query_engine.sql.scalars import ColumnRef, Scalar, conjuncts
from query_engine.sql.scope import Named, Scope, Visible, closest, identifier
from query_engine.sql.sources import From, bind_item, visible_as
from query_engine.sql.subqueries import filtered, has_subquery
from query_engine.sql.unnest import bind_arrays, is_unnesting, unnested

JOIN_KINDS: dict[tuple[str, str], JoinKind] = {
    ("", ""): "cross",
    ("", "INNER"): "inner",
    ("", "CROSS"): "cross",
    ("LEFT", ""): "left",
    ("LEFT", "OUTER"): "left",
    ("RIGHT", ""): "right",
    ("RIGHT", "OUTER"): "right",
    ("FULL", ""): "full",
    ("FULL", "OUTER"): "full",
    ("LEFT", "SEMI"): "semi",
    ("LEFT", "ANTI"): "anti",
    ("RIGHT", "SEMI"): "semi",
    ("RIGHT", "ANTI"): "anti",
    ("", "SEMI"): "semi",
    ("", "ANTI"): "anti",
}


def bind_join(queries: Queries, left: From, node: exp.Join) -> From:
    """Bind one join to what stands left of it."""
    if str(node.args.get("method") or "").upper() == "ASOF":
        return asof(queries, left, node)
    kind = join_kind(queries, node)
    if isinstance(node.this, exp.Lateral) and isinstance(node.this.this, exp.Subquery):
        return lateral_join(queries, left, node, kind)
    if is_unnesting(node.this) and kind in {"cross", "inner", "left"}:
        return unnesting_join(queries, left, node, kind)
    right = right_item(queries, left, node.this)
    refuse_twins(queries, left, right, node)
    using = node.args.get("using")
    if node.args.get("method"):
        using = natural(left.scope, right.scope)
    predicate = None if using else condition(queries, left, right, node, kind)
    if str(node.args.get("side") or "").upper() == "RIGHT" and kind in ONE_SIDED:
        left, right = right, left
    if using:
        return join_using(queries, left, right, kind, using)
    if predicate is None:
        return From(Join(left.relation, right.relation, "cross"), left.scope.joined(right.scope))
    scope = left.scope if kind in ONE_SIDED else left.scope.joined(right.scope)
    return From(joined(queries, left.relation, right.relation, kind, predicate), scope)


def right_item(queries: Queries, left: From, node: exp.Expr) -> From:
    """Bind what stands right of a join; names the word that lets it see what stands left."""
    try:
        return bind_item(queries, node)
    except UnknownTable as error:
        known = {f'"{visible.alias}"' for visible in left.scope.relations if visible.alias}
        if isinstance(node, exp.Subquery) and any(alias in error.message for alias in known):
            error.hint = "write LATERAL before a subquery that reads what stands left of it"
        raise


def asof(queries: Queries, left: From, node: exp.Join) -> From:
    """Bind an ASOF join; the last name of USING is what is compared by ``>=``."""
    keep, operators = keeps_left(queries, node), queries.expressions.operators
    right = bind_item(queries, node.this)
    refuse_twins(queries, left, right, node)
    scope = left.scope.joined(right.scope)
    names = node.args.get("using") or []
    parts: list[Scalar] = []
    merged: list[Named] = []
    for item in names:
        ours = side_column(queries, left.scope, identifier(item), item)
        theirs = side_column(queries, right.scope, identifier(item), item)
        op = ">=" if item is names[-1] else "="
        parts.append(operators.compare(op, ours, theirs, offset_of(item)))
        merged.append(Named(identifier(item), ours))
    if not names:
        predicate = condition(queries, left, right, node, "left")
        parts = [] if predicate is None else conjuncts(predicate)
    if any(has_subquery(part) for part in parts):
        raise queries.session.source.unsupported("a subquery in ON of an ASOF JOIN", node)
    relation = asof_joined(queries, (left.relation, right.relation), parts, node, keep=keep)
    older = tuple(item for item in scope.merged if item.name not in {one.name for one in merged})
    return From(relation, Scope(scope.relations, (*merged, *older), scope.outer))


def join_kind(queries: Queries, node: exp.Join) -> JoinKind:
    """Return what kind of join is written; a comma or JOIN with a condition is an inner join."""
    side, kind = str(node.args.get("side") or "").upper(), str(node.args.get("kind") or "").upper()
    method = str(node.args.get("method") or "").upper()
    found = JOIN_KINDS.get((side, kind))
    if found is None or method not in {"", "NATURAL"}:
        words = " ".join(filter(None, [method, side, kind]))
        raise queries.session.source.unsupported(f"{words} JOIN is not supported", node)
    conditional = node.args.get("using") or node.args.get("on") is not None or method
    return "inner" if found == "cross" and conditional and kind != "CROSS" else found


def refuse_twins(queries: Queries, left: From, right: From, node: exp.Join) -> None:
    """Refuse two relations of one name."""
    known = {visible.alias for visible in left.scope.relations if visible.alias}
    for visible in right.scope.relations:
        if visible.alias in known:
            message = f'"{visible.alias}" stands twice in FROM'
            error = TypeProblem(message, hint="give one of them an alias")
            raise queries.session.source.place(error, node.this)


def condition(
    queries: Queries, left: From, right: From, node: exp.Join, kind: JoinKind
) -> Scalar | None:
    """Return the bound ON; None for CROSS JOIN, which has none."""
    on = node.args.get("on")
    if on is None and kind == "cross":
        return None
    if on is None and node.args.get("method"):
        return TRUE  # NATURAL without a common name pairs everything
    if on is None:
        raise queries.problem(f"{kind.upper()} JOIN needs ON or USING", node)
    if kind == "cross":
        raise queries.problem("CROSS JOIN takes no ON", node)
    predicate = queries.expressions.bind(on, Context(left.scope.joined(right.scope), "ON"))
    return queries.session.make.boolean(predicate, "ON")


def joined(
    queries: Queries, left: Relation, right: Relation, kind: JoinKind, predicate: Scalar
) -> Relation:
    """Return the join of two relations on a condition, which may have subqueries in it."""
    if not has_subquery(predicate):
        parts = conjuncts(predicate)
        if kind in ONE_SIDED:
            return partnered(queries.session, left, right, kind, parts)
        return joined_on(left, right, kind, parts)
    if kind == "inner":
        return filtered(queries.session, Join(left, right, "cross"), predicate)
    if kind == "full":
        raise queries.session.source.unsupported(
            "a subquery in ON of a FULL JOIN is not supported",
            predicate.pos,
            hint="compute it in a subquery of FROM",
        )
    if kind == "right":
        left, right = right, left
    session = queries.session
    outside: dict[str, tuple[ColumnRef, Scalar]] = {}
    for column in left.columns:
        inside = session.outer_column(column.id.rpartition("#")[0], column.dtype, predicate.pos)
        outside[column.id] = (inside, column)
    own = substituted(predicate, {name: inside for name, (inside, _) in outside.items()})
    candidates = filtered(session, right, own)
    parameters = tuple(outside.values())
    outer: JoinKind = "left" if kind == "right" else kind
    return joined_laterally(session, left, (candidates, parameters), outer, ())


def lateral_join(queries: Queries, left: From, node: exp.Join, kind: JoinKind) -> From:
    """Bind a join with LATERAL."""
    session, lateral = queries.session, node.this
    if kind not in {"cross", "inner", "left"} or node.args.get("using"):
        message = "LATERAL takes CROSS, INNER or LEFT JOIN with ON"
        raise session.source.unsupported(message, node)
    session.count_relation(lateral)
    bound, parameters = bind_lateral(queries, left.scope, lateral.this)
    right = visible_as(queries, (bound.relation, bound.columns), "", lateral)
    refuse_twins(queries, left, right, node)
    predicate = condition(queries, left, right, node, kind)
    parts = [] if predicate is None else conjuncts(predicate)
    if predicate is not None and has_subquery(predicate):
        raise session.source.unsupported(
            "a subquery in ON of a LATERAL join is not supported",
            predicate.pos,
            hint="put it into the LATERAL subquery",
        )
    parts = [part for part in parts if part != TRUE]
    how: JoinKind = "left" if kind == "left" else "inner"
    pair = (bound.relation, parameters)
    relation = joined_laterally(session, left.relation, pair, how, parts)
    return From(relation, left.scope.joined(right.scope))


def unnesting_join(queries: Queries, left: From, node: exp.Join, kind: JoinKind) -> From:
    """Bind a join with arrays, which may be those of the left rows."""
    session = queries.session
    session.count_relation(node.this)
    if node.args.get("using") or node.args.get("method"):
        raise session.source.unsupported("unnest takes CROSS, INNER or LEFT JOIN with ON", node)
    inside = Scope(left.scope.relations, left.scope.merged, queries.outer)
    arrays = bind_arrays(queries, node.this, inside)
    relation, named = unnested(session, left.relation, arrays, keep=kind == "left")
    right = From(relation, Scope((Visible(arrays.alias, tuple(named)),)))
    refuse_twins(queries, left, right, node)
    scope = left.scope.joined(right.scope)
    predicate = condition(queries, left, right, node, kind)
    if predicate is None or predicate == TRUE:
        return From(relation, scope)
    if kind == "left":
        hint = "write ON true, and filter the array or use LEFT JOIN LATERAL (SELECT ...)"
        raise session.source.unsupported("LEFT JOIN unnest takes ON true", predicate.pos, hint=hint)
    return From(filtered(session, relation, predicate), scope)


def natural(left: Scope, right: Scope) -> list[exp.Identifier]:
    """Return the names that both sides have, as NATURAL JOIN takes them."""
    theirs = {item.name for item in right.star()}
    names = dict.fromkeys(item.name for item in left.star() if item.name in theirs)
    return [exp.to_identifier(name, quoted=True) for name in names]


def join_using(
    queries: Queries, left: From, right: From, kind: JoinKind, names: Sequence[exp.Expr]
) -> From:
    """Bind ``USING (names)``: equal columns, seen once."""
    make, session = queries.session.make, queries.session
    if kind == "cross":
        raise queries.problem("CROSS JOIN takes no USING", names[0])
    keys: list[tuple[Scalar, Scalar]] = []
    merged: list[Named] = []
    added: list[tuple[ColumnRef, Scalar]] = []
    for node in names:
        name = identifier(node)
        ours = side_column(queries, left.scope, name, node)
        theirs = side_column(queries, right.scope, name, node)
        pair = make.unify([ours, theirs], "USING cannot compare", offset_of(node))
        keys.append((pair[0], pair[1]))
        if kind == "full":
            both = queries.expressions.operators.first_known(pair, offset_of(node))
            column = session.fresh(name, both.dtype)
            added.append((column, both))
            merged.append(Named(name, column))
        else:
            merged.append(Named(name, theirs if kind == "right" else ours))
    relation: Relation = Join(left.relation, right.relation, kind, tuple(keys))
    if kind in ONE_SIDED:
        return From(relation, left.scope)
    if added:
        kept = tuple((column, column) for column in relation.columns)
        relation = Project(relation, (*kept, *added))
    scope = left.scope.joined(right.scope)
    given = {item.name for item in merged}
    older = tuple(item for item in scope.merged if item.name not in given)
    return From(relation, Scope(scope.relations, (*merged, *older), scope.outer))


def side_column(queries: Queries, scope: Scope, name: str, node: exp.Expr) -> ColumnRef:
    """Return the column of one side that USING names."""
    found = scope.matches(name, None)
    if len(found) == 1:
        return found[0]
    if found:
        raise queries.problem(f'"{name}" is ambiguous on one side of USING', node)
    names = [item.name for visible in scope.relations for item in visible.columns]
    error = UnknownColumn(f'USING: one side has no column "{name}"', hint=closest(name, names))
    raise queries.session.source.place(error, node)
