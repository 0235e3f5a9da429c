"""
Operators: comparison, logic, tests for NULL and truth, and membership in a list.

Rule: three-valued logic everywhere. Each operator answers NULL exactly when SQL does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from query_engine.functions.function import TIME, Argument
from query_engine.sql.coercion import Maker
from query_engine.sql.containers import array
from query_engine.sql.lazy import and_args, case_args, first_known_args, or_args
from query_engine.sql.scalars import Build, Call, Literal, Scalar
from query_engine.sql.types import BOOLEAN, is_null, is_text

COMPARISONS = {
    "=": pl.Expr.eq,
    "<>": pl.Expr.ne,
    "<": pl.Expr.lt,
    "<=": pl.Expr.le,
    ">": pl.Expr.gt,
    ">=": pl.Expr.ge,
}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
SPLIT_MAX = 100
"""The engine takes quadratic time to split a condition: one of more parts is left whole."""
UNORDERED = (pl.Map, pl.Struct, pl.List)


def compare_with(name: str, left: Argument, right: Argument) -> pl.Expr:
    """Build one comparison of two values of one type."""
    return COMPARISONS[name](left.expr, right.expr)


@dataclass(frozen=True, slots=True)
class Operators:
    """Makes operator calls from bound operands."""

    make: Maker

    def compare(self, name: str, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return ``left name right``; NULL when either is."""
        left, right = self.make.unify([left, right], f"{name} cannot compare", pos)
        if is_null(left.dtype):
            return Literal(None, BOOLEAN, pos)
        if isinstance(left.dtype, UNORDERED) and name not in {"=", "<>"}:
            raise self.make.problem(f"{name} needs values with an order", pos)
        return self.make.call(
            name, [left, right], BOOLEAN, lambda a, b: compare_with(name, a, b), pos
        )

    def distinct(self, left: Scalar, right: Scalar, pos: int, *, negate: bool) -> Scalar:
        """Return ``left IS [NOT] DISTINCT FROM right``: comparison in which NULL is a value."""
        left, right = self.make.unify([left, right], "IS DISTINCT FROM cannot compare", pos)

        def build(a: Argument, b: Argument) -> pl.Expr:
            return a.expr.eq_missing(b.expr) if negate else a.expr.ne_missing(b.expr)

        name = "is not distinct from" if negate else "is distinct from"
        return self.make.call(name, [left, right], BOOLEAN, build, pos, strict=False)

    def both(self, parts: Sequence[Scalar], pos: int) -> Scalar:
        """Return the AND of *parts* (one at least): what is true for certain says nothing."""
        return self.connected("and", parts, pos, neutral=True, build=conjunction)

    def either(self, parts: Sequence[Scalar], pos: int) -> Scalar:
        """Return the OR of *parts* (one at least): what is false for certain says nothing."""
        return self.connected("or", parts, pos, neutral=False, build=disjunction)

    def connected(
        self, name: str, parts: Sequence[Scalar], pos: int, *, neutral: bool, build: Build
    ) -> Scalar:
        """Return parts joined by AND or OR, without constants that decide or say nothing."""
        kept: list[Scalar] = []
        for part in parts:
            checked = self.make.boolean(part, name.upper())
            if isinstance(checked, Literal) and checked.value is (not neutral):
                return Literal(not neutral, BOOLEAN, pos)
            if not (isinstance(checked, Literal) and checked.value is neutral):
                kept.append(checked)
        if not kept:
            return Literal(neutral, BOOLEAN, pos)
        if len(kept) == 1:
            return kept[0]
        lazy = and_args if neutral else or_args
        return self.make.call(name, kept, BOOLEAN, build, pos, strict=False, lazy=lazy)

    def negate(self, value: Scalar, pos: int) -> Scalar:
        """Return ``NOT value``."""
        value = self.make.boolean(value, "NOT")
        return self.make.call("not", [value], BOOLEAN, lambda a: a.expr.not_(), pos)

    def is_null(self, value: Scalar, pos: int) -> Scalar:
        """Return ``value IS NULL``."""
        return self.make.call(
            "is null", [value], BOOLEAN, lambda a: a.expr.is_null(), pos, strict=False
        )

    def is_truth(self, value: Scalar, pos: int, *, truth: bool) -> Scalar:
        """Return ``value IS TRUE`` or ``IS FALSE``: never NULL."""
        value = self.make.boolean(value, "IS TRUE")
        return self.make.call(
            f"is {truth}".lower(),
            [value],
            BOOLEAN,
            lambda a: a.expr.eq_missing(pl.lit(truth)),
            pos,
            strict=False,
        )

    def between(self, value: Scalar, low: Scalar, high: Scalar, pos: int) -> Scalar:
        """Return ``value BETWEEN low AND high``, both ends included."""
        return self.both(
            [self.compare(">=", value, low, pos), self.compare("<=", value, high, pos)], pos
        )

    def in_list(self, value: Scalar, items: Sequence[Scalar], pos: int) -> Scalar:
        """Return ``value IN (items)``: NULL when nothing matches and a NULL is involved."""
        unified = self.make.unify([value, *items], "IN cannot compare", pos)
        value, options = unified[0], unified[1:]
        if is_null(value.dtype):
            return Literal(None, BOOLEAN, pos)
        if value.dtype.is_nested() or not all(isinstance(item, Literal) for item in options):
            return self.either([self.compare("=", value, item, pos) for item in options], pos)
        dtype = value.dtype

        def build(operand: Argument, *args: Argument) -> pl.Expr:
            known = [constant_value(arg) for arg in args if arg.value is not None]
            found = operand.expr.is_in(typed_list(known, dtype))
            if len(known) == len(args):
                return found
            return pl.when(found).then(pl.lit(True)).otherwise(pl.lit(None, dtype=pl.Boolean))

        if isinstance(value, Literal) and value.value is None:
            return Literal(None, BOOLEAN, pos)
        return self.make.call("in", [value, *options], BOOLEAN, build, pos, strict=False)

    def concat(self, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return ``left || right``: arrays, an array and an element, bytes, or texts."""
        if isinstance(left.dtype, pl.List) or isinstance(right.dtype, pl.List):
            return self.lists_joined(left, right, pos)
        if left.dtype == right.dtype == pl.Binary():
            return self.make.call(
                "||", [left, right], left.dtype, lambda a, b: a.expr + b.expr, pos
            )
        if not any(is_text(side.dtype) or is_null(side.dtype) for side in (left, right)):
            raise self.make.problem("|| joins texts", pos, hint="convert with CAST(x AS TEXT)")
        texts = [self.make.cast(side, pl.String()) for side in (left, right)]
        return self.make.call("||", texts, pl.String(), lambda a, b: a.expr + b.expr, pos)

    def lists_joined(self, left: Scalar, right: Scalar, pos: int) -> Scalar:
        """Return two arrays as one, or an array with one more element."""
        sides = [
            side if isinstance(side.dtype, pl.List) else array(self.make, [side], pos)
            for side in (left, right)
        ]
        sides = self.make.unify(sides, "|| cannot join", pos, to_compare=False)
        return self.make.call(
            "||", sides, sides[0].dtype, lambda a, b: a.expr.list.concat(b.expr), pos
        )

    def first_known(self, values: Sequence[Scalar], pos: int) -> Scalar:
        """Return the first of *values* (of one type) that is not NULL."""
        return self.make.call(
            "coalesce",
            values,
            values[0].dtype,
            lambda *a: pl.coalesce([x.expr for x in a]),
            pos,
            strict=False,
            lazy=first_known_args,
        )

    def case(
        self, branches: Sequence[tuple[Scalar, Scalar]], default: Scalar | None, pos: int
    ) -> Scalar:
        """Return ``CASE WHEN .. THEN .. ELSE .. END``; a NULL condition is not met."""
        otherwise = Literal(None, pl.Null(), pos) if default is None else default
        results = [*(result for _, result in branches), otherwise]
        results = self.make.unify(
            results, "CASE cannot answer both", pos, to_compare=False, texts_win=True
        )
        conditions: list[Scalar] = []
        reachable: list[Scalar] = []
        for (condition, _), result in zip(branches, results, strict=False):
            checked = self.make.boolean(condition, "CASE WHEN")
            if isinstance(checked, Literal) and checked.value is not True:
                continue
            reachable.append(result)
            if isinstance(checked, Literal):
                break
            conditions.append(checked)
        else:
            reachable.append(results[-1])
        if not conditions:
            return reachable[0]
        dtype = results[0].dtype

        def build(*args: Argument) -> pl.Expr:
            half = len(args) // 2
            answer = args[-1].expr
            for condition, result in reversed(list(zip(args[:half], args[half:-1], strict=True))):
                answer = pl.when(condition.expr).then(result.expr).otherwise(answer)
            return answer

        args = [*conditions, *reachable]
        return self.make.call("case", args, dtype, build, pos, strict=False, lazy=case_args)


def constant_value(arg: Argument) -> object:
    """Return a constant as Polars takes it in a list."""
    return arg.interval.ns if isinstance(arg.dtype, pl.Duration) else arg.value


def typed_list(values: Sequence[object], dtype: pl.DataType) -> pl.Expr:
    """Return a Polars literal of one list; times are given as ns."""
    physical = pl.Int64() if dtype == TIME or isinstance(dtype, pl.Duration) else dtype
    return pl.lit(pl.Series(values, dtype=physical).cast(dtype).implode())


def all_of(parts: Sequence[Scalar]) -> Scalar:
    """Return the AND of boolean expressions that are bound already."""
    if len(parts) == 1:
        return parts[0]
    return Call("and", tuple(parts), BOOLEAN, conjunction, parts[0].pos)


def conjunction(*args: Argument) -> pl.Expr:
    """Build an AND; the engine takes a short one apart to test its parts early."""
    if len(args) > SPLIT_MAX:
        return pl.all_horizontal([arg.expr for arg in args])
    return balanced([arg.expr for arg in args], pl.Expr.and_)


def disjunction(*args: Argument) -> pl.Expr:
    """Build an OR."""
    return balanced([arg.expr for arg in args], pl.Expr.or_)


def balanced(parts: list[pl.Expr], join: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Expr:
    """Join *parts* two by two: a chain of thousands is a dozen levels deep for the engine."""
    while len(parts) > 1:
        last = parts[-1:] if len(parts) % 2 else []
        parts = [join(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)] + last
    return parts[0]
