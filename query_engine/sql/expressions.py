"""
Binds scalar expressions: syntax nodes to typed expressions over the columns in scope.

One method for each kind of node, found by the node's type; calls live in ``calls.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlglot import exp

from query_engine.functions.function import DURATION, TIME
from query_engine.functions.timestamps import parse_interval
from query_engine.sql.arithmetic import Arithmetic
from query_engine.sql.bits import NAMES as BIT_NAMES
from query_engine.sql.bits import bind_bits, bind_complement
from query_engine.sql.calls import bind_call, bind_extract, bind_special, output
from query_engine.sql.coercion import Maker, number_literal
from query_engine.sql.containers import (
    bind_array,
    bind_bracket,
    bind_map,
    bind_member,
    bind_struct,
    struct_member,
)
from query_engine.sql.errors import QueryTooLarge, TypeProblem, UnknownColumn, UnknownTable
from query_engine.sql.limits import EXPRESSION_DEPTH_MAX
from query_engine.sql.moments import cut_to
from query_engine.sql.operators import Operators
from query_engine.sql.patterns import bind_like, bind_regexp, bind_similar
from query_engine.sql.positions import offset_of
from query_engine.sql.quantified import any_of, in_rows, special_comparison
from query_engine.sql.scalars import AnyRow, Literal, Scalar, SubqueryValue
from query_engine.sql.scope import Scope, identifier, resolve
from query_engine.sql.type_names import named_type, precision
from query_engine.sql.types import BOOLEAN, DATE, NULL, TEXT
from query_engine.sql.windows import Over, bind_window
from query_engine.sql.zones import bind_at_time_zone

if TYPE_CHECKING:
    from query_engine.sql.queries import Queries


@dataclass(frozen=True, slots=True)
class Context:
    """
    Where an expression stands.

    Attributes:
        clause: What messages call the place.
        aggregates: Aggregate functions may stand here.
        windows: The windows that have names, where window functions may stand; None elsewhere.
        aliases: Output names that may be used where no column has the name.
        depth: How many expressions are around this one.
    """

    scope: Scope
    clause: str
    aggregates: bool = False
    windows: Mapping[str, Over] | None = None
    aliases: Mapping[str, Scalar] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Expressions:
    """Binds expressions of one query; ``queries`` binds the subqueries in them."""

    make: Maker
    now_ns: int
    queries: "Queries"

    @property
    def operators(self) -> Operators:
        """The makers of operator calls."""
        return Operators(self.make)

    def bind(self, node: exp.Expr, context: Context) -> Scalar:
        """
        Return the bound expression of *node*.

        Raises:
            SqlError: A name, a type or a construct is wrong; placed.
        """
        if context.depth > EXPRESSION_DEPTH_MAX:
            message = f"the expression is more than {EXPRESSION_DEPTH_MAX} deep"
            raise self.make.source.place(QueryTooLarge(f"{message} (EXPRESSION_DEPTH_MAX)"), node)
        binder = BINDERS.get(type(node))
        if binder is None:
            raise self.make.source.unsupported(
                f"{node.key.upper()} is not supported in {context.clause}", node
            )
        return binder(self, node, replace(context, depth=context.depth + 1))

    def bind_all(self, nodes: Sequence[exp.Expr], context: Context) -> list[Scalar]:
        """Return the bound expressions of *nodes*."""
        return [self.bind(node, context) for node in nodes]

    def column(self, node: exp.Column, context: Context) -> Scalar:
        """Bind a name: a column in scope, or an output name where the clause allows one."""
        if isinstance(node.this, exp.Star):
            raise self.make.source.unsupported("* is only supported alone in SELECT", node)
        try:
            return resolve(context.scope, node, self.make.source)
        except (UnknownColumn, UnknownTable):
            if node.args.get("table") is not None:
                member = struct_member(self, node, context)
                if member is not None:
                    return member
            alias = context.aliases.get(identifier(node.this))
            if alias is None or node.args.get("table") is not None:
                raise
            return output(self, alias, context, offset_of(node))

    def literal(self, node: exp.Literal, _context: Context) -> Scalar:
        """Bind a constant."""
        pos = offset_of(node)
        if node.args["is_string"]:
            return Literal(node.this, TEXT, pos)
        number = number_literal(node.this, pos)
        if number is None:
            wrong = "is too large, or is none" if node.this[-1].isdigit() else "has no exponent"
            raise self.make.problem(f"the number {node.this} {wrong}", pos)
        return number

    def interval(self, node: exp.Interval, _context: Context) -> Scalar:
        """Bind ``INTERVAL '...'``; the text has to be a constant."""
        text, unit, pos = node.this, node.args.get("unit"), offset_of(node)
        if not isinstance(text, exp.Literal) or not isinstance(unit, exp.Var | None):
            raise self.make.source.unsupported(
                "INTERVAL takes a constant", pos, hint="multiply: n * INTERVAL '1 second'"
            )
        try:
            value = parse_interval(str(text.this), unit.name if unit is not None else None)
        except ValueError as error:
            shown_text = f"{text.this} {unit.name}" if unit is not None else str(text.this)
            raise self.make.problem(f"'{shown_text}' is no interval: {error}", pos) from None
        return Literal(value, DURATION, pos)

    def cast(self, node: exp.Cast, context: Context) -> Scalar:
        """Bind ``CAST(x AS type)``, ``x::type``, ``TYPE 'text'`` and TRY_CAST."""
        pos = offset_of(node)
        target = named_type(node.to, self.make.source, pos)
        value = self.bind(node.this, context)
        strict = not isinstance(node, exp.TryCast)
        return cut_to(
            self.make, self.make.cast(value, target, strict=strict, pos=pos), precision(node.to)
        )

    def logic(self, node: exp.And | exp.Or, context: Context) -> Scalar:
        """Bind a chain of AND or OR, however long, without a level for each link."""
        parts: list[exp.Expr] = []
        stack: list[exp.Expr] = [node]
        while stack:
            current = stack.pop()
            if type(current) is type(node):
                stack.extend((current.expression, current.this))
            else:
                parts.append(current)
        bound = self.bind_all(parts, context)
        if isinstance(node, exp.And):
            return self.operators.both(bound, bound[0].pos)
        return self.operators.either(bound, bound[0].pos)

    def comparison(self, node: exp.Binary, context: Context) -> Scalar:
        """Bind ``= <> < <= > >=``."""
        special = special_comparison(self, COMPARISON_NAMES[type(node)], node, context)
        if special is not None:
            return special
        left, right = self.bind_all([node.this, node.expression], context)
        return self.operators.compare(COMPARISON_NAMES[type(node)], left, right, offset_of(node))

    def arithmetic(self, node: exp.Binary, context: Context) -> Scalar:
        """Bind ``+ - * / %``."""
        left, right = self.bind_all([node.this, node.expression], context)
        name = ARITHMETIC_NAMES[type(node)]
        return Arithmetic(self.make).binary(name, left, right, offset_of(node))

    def negative(self, node: exp.Neg, context: Context) -> Scalar:
        """Bind unary minus."""
        return Arithmetic(self.make).negative(self.bind(node.this, context), offset_of(node))

    def distinct_from(self, node: exp.Binary, context: Context) -> Scalar:
        """Bind ``IS [NOT] DISTINCT FROM``."""
        left, right = self.bind_all([node.this, node.expression], context)
        negate = isinstance(node, exp.NullSafeEQ)
        return self.operators.distinct(left, right, offset_of(node), negate=negate)

    def is_test(self, node: exp.Is, context: Context) -> Scalar:
        """Bind ``IS [NOT] NULL``, ``IS [NOT] TRUE`` and ``IS [NOT] FALSE``."""
        value, what, pos = self.bind(node.this, context), node.expression, offset_of(node)
        if isinstance(what, exp.Null):
            answer = self.operators.is_null(value, pos)
        elif isinstance(what, exp.Boolean):
            answer = self.operators.is_truth(value, pos, truth=bool(what.this))
        else:
            raise self.make.source.unsupported("IS takes NULL, TRUE or FALSE", what)
        return self.operators.negate(answer, pos) if node.args.get("negate") else answer

    def between(self, node: exp.Between, context: Context) -> Scalar:
        """Bind ``BETWEEN low AND high``."""
        value, low, high = self.bind_all([node.this, node.args["low"], node.args["high"]], context)
        pos = offset_of(node)
        inside = self.operators.between(value, low, high, pos)
        if not node.args.get("symmetric"):
            return inside
        return self.operators.either([inside, self.operators.between(value, high, low, pos)], pos)

    def membership(self, node: exp.In, context: Context) -> Scalar:
        """Bind ``IN (list)`` and ``IN (subquery)``."""
        query = node.args.get("query")
        if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
            query = node.expressions[0]
        if query is not None:
            return any_of(self, "=", (node.this, query), context, offset_of(node))
        rows = in_rows(self, node, context)
        if rows is not None:
            return rows
        value, options = self.bind(node.this, context), self.bind_all(node.expressions, context)
        return self.operators.in_list(value, options, offset_of(node))

    def exists(self, node: exp.Exists, context: Context) -> Scalar:
        """Bind ``EXISTS (subquery)``."""
        relation, parameters = self.queries.subquery(node.this, context)
        pos = offset_of(node)
        if parameters:
            return AnyRow(relation, None, parameters, BOOLEAN, pos)
        return SubqueryValue(self.queries.existence(relation), BOOLEAN, pos=pos)

    def scalar_subquery(self, node: exp.Expr, context: Context) -> Scalar:
        """Bind a subquery that stands for its one value."""
        pos = offset_of(node)
        relation, parameters = self.queries.subquery(node, context)
        if len(relation.columns) != 1:
            message = f"a subquery in {context.clause} has one column, not {len(relation.columns)}"
            raise self.make.problem(message, pos)
        return SubqueryValue(relation, relation.columns[0].dtype, parameters, pos)

    def case(self, node: exp.Case, context: Context) -> Scalar:
        """Bind both forms of CASE."""
        pos, subject, default = offset_of(node), node.this, node.args.get("default")
        tested = self.bind(subject, context) if subject is not None else None
        branches = []
        for branch in node.args["ifs"]:
            condition = self.bind(branch.this, context)
            if tested is not None:
                condition = self.operators.compare("=", tested, condition, condition.pos)
            branches.append((condition, self.bind(branch.args["true"], context)))
        otherwise = self.bind(default, context) if default is not None else None
        return self.operators.case(branches, otherwise, pos)


Binder = Callable[[Expressions, Any, Context], Scalar]

COMPARISON_NAMES: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
ARITHMETIC_NAMES: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}


def parameter(self: Expressions, node: exp.Expr, _context: Context) -> Scalar:
    """Bind a parameter: the constant that was given for it."""
    return self.make.parameters.literal(node, self.make.source)


def now(self: Expressions, node: exp.CurrentTimestamp, _context: Context) -> Scalar:
    """Bind CURRENT_TIMESTAMP: one moment for the whole query."""
    return Literal(self.now_ns, TIME, offset_of(node))


def today(self: Expressions, node: exp.CurrentDate, _context: Context) -> Scalar:
    """Bind CURRENT_DATE: the day of ``NOW()`` in UTC."""
    return self.make.cast(Literal(self.now_ns, TIME, offset_of(node)), DATE)


def concatenation(self: Expressions, node: exp.DPipe, context: Context) -> Scalar:
    """Bind ``||``."""
    left, right = self.bind_all([node.this, node.expression], context)
    return self.operators.concat(left, right, offset_of(node))


def written_text(_self: Expressions, node: exp.Expr, _context: Context) -> Scalar:
    """Bind ``E'...'``, whose escapes are read already, and ``$$...$$``."""
    return Literal(str(node.this), TEXT, offset_of(node))


def written_bytes(self: Expressions, node: exp.HexString, _context: Context) -> Scalar:
    """Bind ``X'1F'``."""
    try:
        return Literal(bytes.fromhex(str(node.this)), pl.Binary(), offset_of(node))
    except ValueError:
        raise self.make.problem(
            "X'...' takes pairs of hexadecimal digits", offset_of(node)
        ) from None


def misplaced(self: Expressions, node: exp.Expr, _context: Context) -> Scalar:
    """Refuse what is only meant in other places."""
    error = TypeProblem(f"{node.key.upper()} cannot stand here")
    raise self.make.source.place(error, node)


def rows_in_parentheses(self: Expressions, node: exp.Tuple, _context: Context) -> Scalar:
    """Refuse rows as values."""
    hint = "compare column by column"
    raise self.make.source.unsupported("rows in parentheses are not supported", node, hint=hint)


def nulls_without_over(self: Expressions, node: exp.Expr, _context: Context) -> Scalar:
    """Refuse IGNORE NULLS and RESPECT NULLS of what is no window function."""
    word = "IGNORE NULLS" if isinstance(node, exp.IgnoreNulls) else "RESPECT NULLS"
    hint = "use FILTER (WHERE x IS NOT NULL)" if word == "IGNORE NULLS" else "leave it out"
    raise self.make.source.unsupported(f"{word} without OVER is not supported", node, hint=hint)


BINDERS: Mapping[type[exp.Expr], Binder] = {
    exp.Column: Expressions.column,
    exp.Literal: Expressions.literal,
    exp.Boolean: lambda _self, n, _context: Literal(bool(n.this), BOOLEAN, offset_of(n)),
    exp.Null: lambda _self, n, _context: Literal(None, NULL, offset_of(n)),
    exp.Placeholder: parameter,
    exp.Parameter: parameter,
    exp.Interval: Expressions.interval,
    exp.CurrentTimestamp: now,
    exp.CurrentDate: today,
    exp.Paren: lambda self, n, context: self.bind(n.this, context),
    exp.And: Expressions.logic,
    exp.Or: Expressions.logic,
    exp.Not: lambda self, n, context: self.operators.negate(
        self.bind(n.this, context), offset_of(n)
    ),
    **dict.fromkeys(COMPARISON_NAMES, Expressions.comparison),
    **dict.fromkeys(ARITHMETIC_NAMES, Expressions.arithmetic),
    exp.NullSafeEQ: Expressions.distinct_from,
    exp.NullSafeNEQ: Expressions.distinct_from,
    exp.Is: Expressions.is_test,
    exp.Between: Expressions.between,
    exp.In: Expressions.membership,
    exp.Exists: Expressions.exists,
    exp.Subquery: Expressions.scalar_subquery,
    exp.Select: Expressions.scalar_subquery,
    exp.Union: Expressions.scalar_subquery,
    exp.Intersect: Expressions.scalar_subquery,
    exp.Except: Expressions.scalar_subquery,
    exp.Tuple: rows_in_parentheses,
    exp.Like: bind_like,
    exp.ILike: bind_like,
    exp.Escape: bind_like,
    exp.RegexpLike: bind_regexp,
    exp.RegexpILike: bind_regexp,
    exp.Neg: Expressions.negative,
    exp.DPipe: concatenation,
    exp.Case: Expressions.case,
    exp.Cast: Expressions.cast,
    exp.TryCast: Expressions.cast,
    exp.Bracket: bind_bracket,
    exp.Array: bind_array,
    exp.Struct: bind_struct,
    exp.ToMap: bind_map,
    exp.Dot: bind_member,
    exp.SimilarTo: bind_similar,
    exp.AtTimeZone: bind_at_time_zone,
    exp.BitwiseNot: bind_complement,
    **dict.fromkeys(BIT_NAMES, bind_bits),
    exp.ByteString: written_text,
    exp.RawString: written_text,
    exp.HexString: written_bytes,
    exp.Anonymous: bind_call,
    exp.Filter: bind_call,
    exp.WithinGroup: bind_call,
    exp.Window: bind_window,
    exp.Extract: bind_extract,
    exp.Overlay: bind_special,
    exp.StrPosition: bind_special,
    exp.Substring: bind_special,
    exp.Trim: bind_special,
    exp.IgnoreNulls: nulls_without_over,
    exp.RespectNulls: nulls_without_over,
    exp.Star: misplaced,
    exp.Order: misplaced,
    exp.Distinct: misplaced,
    exp.Alias: misplaced,
    exp.Var: misplaced,
}
