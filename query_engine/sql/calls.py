"""
Binds calls: finds the function, checks and converts the arguments, takes apart DISTINCT, ORDER BY,
FILTER and WITHIN GROUP.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.absent import ABSENT
from query_engine.functions.catalog import AGGREGATES_BY_NAME, SCALARS_BY_NAME, WINDOWS_BY_NAME
from query_engine.functions.function import (
    TIME,
    AggregateFunction,
    ScalarFunction,
    returned,
)
from query_engine.sql.arguments import converted
from query_engine.sql.arrow_types import arrow_call
from query_engine.sql.catalog import PayloadCatalog
from query_engine.sql.errors import SqlError, TypeProblem, UnknownFunction
from query_engine.sql.lazy import can_fail, first_known_args
from query_engine.sql.ordering import order_keys
from query_engine.sql.positions import Source, offset_of
from query_engine.sql.scalars import (
    AggregateCall,
    GroupingCall,
    Literal,
    OrderKey,
    Scalar,
    arguments,
    walk,
)
from query_engine.sql.types import BOOLEAN, NULL, TEXT

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


GROUPINGS = {"grouping", "grouping_id"}
GROUPING_ARGUMENTS_MAX = 31
"""As many bits has an INT that is not negative."""


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call as it stands in the text, its clauses apart."""

    name: str
    pos: int
    args: tuple[exp.Expr, ...]
    distinct: exp.Expr | None = None
    order: exp.Order | None = None
    where: exp.Expr | None = None
    within: exp.Order | None = None


def written_call(node: exp.Expr, source: Source) -> WrittenCall:
    """Take a call apart."""
    where: exp.Expr | None = None
    within: exp.Order | None = None
    while isinstance(node, exp.Filter | exp.WithinGroup):
        if isinstance(node, exp.Filter):
            where = node.expression.this
        else:
            within = node.expression
        node = node.this
    if not isinstance(node, exp.Anonymous):
        raise source.unsupported(f"a clause after {node.key.upper()} is not supported", node)
    name = node.this if isinstance(node.this, str) else str(node.this.this)
    args = list(node.expressions)
    order: exp.Order | None = None
    distinct: exp.Expr | None = None
    if args and isinstance(args[-1], exp.Order):
        order = args.pop()
        assert order is not None, "the list was not empty"
        if order.this is not None:
            args.append(order.this)
    if len(args) == 1 and isinstance(args[0], exp.Distinct):
        distinct = args[0]
        args = list(distinct.expressions)
    return WrittenCall(name.lower(), offset_of(node), tuple(args), distinct, order, where, within)


def bind_call(self: "Expressions", node: exp.Expr, context: "Context") -> Scalar:
    """Bind a call of a scalar or an aggregate function."""
    from query_engine.sql.outer_aggregates import bind_aggregate

    source = self.make.source
    call = written_call(node, source)
    scalar = SCALARS_BY_NAME.get(call.name)
    if scalar is not None:
        for clause in (call.distinct, call.order, call.where, call.within):
            if clause is not None:
                message = f"{call.name} is no aggregate: it takes no DISTINCT, ORDER BY or FILTER"
                raise source.place(TypeProblem(message), clause)
        return scalar_call(self, scalar, self.bind_all(call.args, context), call.pos)
    if call.name in ARROW_CALLS and not any((call.distinct, call.order, call.where, call.within)):
        return arrow_call(self, call.name, self.bind_all(call.args, context), call.pos)
    if call.name == "unnest":
        from query_engine.sql.unnest import bind_unnest_call

        return bind_unnest_call(self, call, context)
    if call.name in GROUPINGS:
        return bind_grouping(self, call, context)
    aggregate = AGGREGATES_BY_NAME.get(call.name)
    if aggregate is None and call.name in WINDOWS_BY_NAME:
        error = TypeProblem(
            f"{call.name} is a window function", hint=f"write {call.name}(...) OVER (...)"
        )
        raise source.place(error, call.pos)
    if aggregate is None:
        raise source.place(unknown_function(call.name), call.pos)
    return bind_aggregate(self, aggregate, call, context)


ARROW_CALLS = frozenset({"arrow_cast", "arrow_try_cast", "arrow_typeof"})
"""They are about types, so the registry, whose functions are about values, does not have them."""


def bind_grouping(self: "Expressions", call: WrittenCall, context: "Context") -> Scalar:
    """Bind GROUPING(keys); which of them are keys is known when the SELECT is grouped."""
    source = self.make.source
    if not context.aggregates:
        message = f"{call.name} cannot stand in {context.clause}"
        raise source.place(TypeProblem(message), call.pos)
    for clause in (call.distinct, call.order, call.where, call.within):
        if clause is not None:
            raise source.place(TypeProblem(f"{call.name} takes nothing but keys"), clause)
    if not 1 <= len(call.args) <= GROUPING_ARGUMENTS_MAX:
        message = f"{call.name} takes 1 to {GROUPING_ARGUMENTS_MAX} keys of GROUP BY"
        raise source.place(TypeProblem(message), call.pos)
    inner = replace(context, clause=call.name.upper(), aggregates=False, windows=None)
    return GroupingCall(tuple(self.bind_all(call.args, inner)), pl.Int32(), call.pos)


def output(self: "Expressions", value: Scalar, context: "Context", pos: int) -> Scalar:
    """Return what an output name stands for, if that may stand here."""
    if not context.aggregates and any(isinstance(part, AggregateCall) for part in walk(value)):
        raise self.make.problem(f"an aggregate cannot stand in {context.clause}", pos)
    return value


def unknown_function(name: str, *, over: bool = False) -> SqlError:
    """Return the error for a name that is in no catalog (*over*: before OVER), and the closest."""
    if over and name in SCALARS_BY_NAME:
        return TypeProblem(f"{name} is a function of one row: it takes no OVER")
    if name in ABSENT:
        return UnknownFunction(f"there is no function {name}", hint=ABSENT[name])
    names = [*({} if over else SCALARS_BY_NAME), *AGGREGATES_BY_NAME, *WINDOWS_BY_NAME]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else "docs/functions.md lists them"
    return UnknownFunction(f"there is no function {name}", hint=hint)


def scalar_call(
    self: "Expressions", function: ScalarFunction, args: Sequence[Scalar], pos: int
) -> Scalar:
    """Return the call of a scalar function with its arguments converted."""
    values = converted(self.make, function, args, pos)
    if function.clock:
        values = [Literal(self.now_ns, TIME, pos), *values]
    if function.payloads:
        catalog = self.queries.session.catalog
        reader = catalog.payload_reader() if isinstance(catalog, PayloadCatalog) else None
        values = [Literal(reader, NULL, pos), *values]
    dtype = returned(function.returns, arguments(values))
    return self.make.call(
        function.name,
        values,
        dtype,
        function.build,
        pos,
        strict=function.strict,
        quiet=function.quiet,
        lazy=first_known_args if function.in_turn else None,
    )


def aggregate_call(
    self: "Expressions", function: AggregateFunction, call: WrittenCall, inner: "Context"
) -> AggregateCall:
    """Return the call of an aggregate function, its arguments and clauses bound in *inner*."""
    source = self.make.source
    if len(call.args) == 1 and isinstance(call.args[0], exp.Star):
        modified = any(call.args[0].args.values())
        if not function.takes_star or call.distinct is not None or modified:
            raise source.unsupported(f"{function.name}(*) is not supported", call.args[0])
        args: list[Scalar] = [Literal(True, BOOLEAN, call.pos)]
    else:
        args = self.bind_all(call.args, inner)
    order = order_keys(self, call.order, inner) if call.order is not None else ()
    if call.within is not None:
        args = within_group(self, function, call, args, inner)
    values = converted(self.make, function, args, call.pos)
    if call.distinct is not None and function.build_distinct is None:
        raise source.unsupported(f"{function.name}(DISTINCT) is not supported", call.pos)
    if order and not function.ordered:
        raise source.unsupported(f"ORDER BY in {function.name} is not supported", call.pos)
    if order and call.distinct is not None and [key.value for key in order] != values[:1]:
        raise source.place(
            TypeProblem("with DISTINCT, ORDER BY takes the argument itself"), call.pos
        )
    where = None
    if call.where is not None:
        where = self.make.boolean(self.bind(call.where, inner), "FILTER (WHERE")
        values = [only_where(self, where, value) for value in values]
    self.make.check(function.name, values, function.build, call.pos)
    dtype = returned(function.returns, arguments(values))
    return AggregateCall(
        function, tuple(values), dtype, call.distinct is not None, where, order, call.pos
    )


def only_where(self: "Expressions", where: Scalar, value: Scalar) -> Scalar:
    """Return an argument that can end the query for the rows alone that FILTER lets in."""
    return self.operators.case([(where, value)], None, value.pos) if can_fail(value) else value


def within_group(
    self: "Expressions",
    function: AggregateFunction,
    call: WrittenCall,
    args: Sequence[Scalar],
    context: "Context",
) -> list[Scalar]:
    """Return the arguments of ``f(q) WITHIN GROUP (ORDER BY x)`` as those of ``f(x, q)``."""
    assert call.within is not None, "the caller has seen the clause"
    source = self.make.source
    if not function.within_group:
        raise source.unsupported(f"WITHIN GROUP in {function.name} is not supported", call.within)
    keys: tuple[OrderKey, ...] = order_keys(self, call.within, context)
    if len(keys) != 1:
        raise source.unsupported("WITHIN GROUP takes one ORDER BY expression", call.within)
    rest = list(args)
    named = [parameter.name for parameter in function.parameters[1:]]
    place = named.index("share") if "share" in named else len(rest)
    if keys[0].descending and place < len(rest):
        share = rest[place]
        if not isinstance(share, Literal) or not isinstance(share.value, int | float):
            raise source.unsupported("DESC in WITHIN GROUP takes a constant share", call.within)
        rest[place] = replace(share, value=1 - share.value)
    return [keys[0].value, *rest]


def bind_extract(self: "Expressions", node: exp.Extract, context: "Context") -> Scalar:
    """Bind ``EXTRACT(field FROM x)``: the same as ``date_part('field', x)``."""
    pos = offset_of(node)
    field_name = Literal(node.this.name.lower(), TEXT, offset_of(node.this))
    value = self.bind(node.expression, context)
    return scalar_call(self, SCALARS_BY_NAME["date_part"], [field_name, value], pos)


OVERLAY_PARTS = ("expression", "from_", "for_")


def bind_special(self: "Expressions", node: exp.Expr, context: "Context") -> Scalar:
    """Bind POSITION, SUBSTRING, OVERLAY and TRIM, whose arguments stand between keywords."""
    if isinstance(node, exp.StrPosition):
        name, parts = "strpos", [node.this, node.args["substr"]]
    elif isinstance(node, exp.Substring):
        name, parts = "substr", [node.this, node.args.get("start"), node.args.get("length")]
        if node.args.get("start") is None and node.args.get("length") is not None:
            parts[1] = exp.Literal.number(1)
    elif isinstance(node, exp.Overlay):
        name, parts = "overlay", [node.this, *(node.args.get(key) for key in OVERLAY_PARTS)]
    else:
        side = str(node.args.get("position") or "BOTH").upper()
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(side, "btrim")
        parts = [node.this, node.expression]
    args = self.bind_all([part for part in parts if part is not None], context)
    return scalar_call(self, SCALARS_BY_NAME[name], args, offset_of(node))
