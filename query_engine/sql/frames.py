"""Binds frames: ROWS, RANGE and GROUPS with their bounds, and what SQL means without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import polars as pl
from sqlglot import exp

from query_engine.functions.function import DURATION, TIME
from query_engine.functions.interval import Interval
from query_engine.sql.errors import SqlError, TypeProblem
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import Literal, OrderKey, Scalar
from query_engine.sql.types import FLOAT64, is_time, shown
from query_engine.windows.frame import CURRENT, FIRST, LAST, RUNNING, Edge, Exclusion, Frame, Unit

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


@dataclass(frozen=True, slots=True)
class BoundFrame:
    """
    A frame and, for RANGE with an offset, the order key as what offsets can be added to.

    Attributes:
        key: None when nothing is looked for among values.
    """

    frame: Frame = RUNNING
    key: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Frames:
    """Binds the frame of one window."""

    expressions: "Expressions"
    context: "Context"
    order: Sequence[OrderKey]

    def bind(self, node: exp.WindowSpec) -> BoundFrame:
        """
        Return the bound frame.

        Raises:
            SqlError: Its bounds make no sense, or RANGE has nothing to measure distances in.
        """
        unit = self.unit(node)
        start = self.edge(node, "start", unit)
        end = CURRENT if node.args.get("end") is None else self.edge(node, "end", unit)
        if start == LAST or end == FIRST or start.direction > end.direction:
            raise self.problem("the frame starts after its end", node)
        if unit == "groups" and not self.order:
            raise self.problem("GROUPS needs ORDER BY in the window", node)
        frame = Frame(unit, start, end, self.exclusion(node))
        return self.by_offset(node, frame) if frame.by_offset else BoundFrame(frame)

    def unit(self, node: exp.WindowSpec) -> Unit:
        """Return what the frame counts in."""
        word = str(node.args["kind"]).lower()
        for unit in get_args(Unit):
            if word == unit:
                found: Unit = unit
                return found
        raise self.problem(f"a frame counts ROWS, RANGE or GROUPS, not {word}", node)

    def exclusion(self, node: exp.WindowSpec) -> Exclusion:
        """Return what EXCLUDE says."""
        clause = node.args.get("exclude")
        word = "no others" if clause is None else clause.name.lower()
        for known in get_args(Exclusion):
            if word == known:
                found: Exclusion = known
                return found
        raise self.problem("EXCLUDE takes CURRENT ROW, GROUP, TIES or NO OTHERS", node)

    def edge(self, node: exp.WindowSpec, name: str, unit: Unit) -> Edge:
        """Return one bound."""
        value, side = node.args[name], str(node.args.get(f"{name}_side") or "").upper()
        if value == "CURRENT ROW" and not side:
            return CURRENT
        if side not in {"PRECEDING", "FOLLOWING"} or value == "CURRENT ROW":
            raise self.problem("a frame's bound is PRECEDING, FOLLOWING or CURRENT ROW", node)
        direction = 1 if side == "FOLLOWING" else -1
        if value == "UNBOUNDED":
            return Edge(direction)
        bound = self.expressions.bind(value, self.context)
        return Edge(direction, self.offset(bound, unit, offset_of(value)))

    def offset(self, value: Scalar, unit: Unit, pos: int) -> int | float | Interval:
        """Return the constant distance of a bound, which is never negative."""
        if not isinstance(value, Literal):
            raise self.expressions.make.problem("a frame's offset has to be a constant", pos)
        if unit == "range" and isinstance(value.value, str) and self.measured() == DURATION:
            cast = self.expressions.make.cast(value, DURATION)
            assert isinstance(cast, Literal), "constants are converted at once"
            value = cast
        distance = value.value
        if isinstance(distance, bool) or not isinstance(distance, int | float | Interval):
            raise self.expressions.make.problem("a frame's offset is a number or an interval", pos)
        if unit != "range" and not isinstance(distance, int):
            message = f"{unit.upper()} counts in whole numbers"
            raise self.expressions.make.problem(message, pos)
        if negative(distance):
            raise self.expressions.make.problem("a frame's offset is never negative", pos)
        return distance

    def measured(self) -> pl.DataType | None:
        """Return the type of distances between values of the order key, if they have any."""
        if len(self.order) != 1:
            return None
        dtype = self.order[0].value.dtype
        if is_time(dtype) or isinstance(dtype, pl.Duration):
            return DURATION
        return dtype if dtype.is_integer() or dtype.is_float() else None

    def by_offset(self, node: exp.WindowSpec, frame: Frame) -> BoundFrame:
        """Return a RANGE frame with the key that its offsets are added to."""
        measured = self.measured()
        if len(self.order) != 1:
            message = "RANGE with an offset takes one ORDER BY expression"
            raise self.problem(message, node, hint="count ROWS or GROUPS")
        key = self.order[0].value
        if measured is None:
            message = f"RANGE with an offset cannot measure in {shown(key.dtype)}"
            hint = "count ROWS or GROUPS"
            if isinstance(key.dtype, pl.Decimal):
                hint += ", or convert it to DOUBLE with CAST"
            raise self.problem(message, node, hint=hint)
        offsets = [edge.offset for edge in (frame.start, frame.end) if edge.offset is not None]
        intervals = [isinstance(offset, Interval) for offset in offsets]
        if any(intervals) != (measured == DURATION) or any(intervals) != all(intervals):
            wanted = "an INTERVAL" if measured == DURATION else "a number"
            message = f"RANGE over {shown(key.dtype)} takes {wanted} as its offset"
            raise self.problem(message, node)
        months = any(isinstance(offset, Interval) and offset.months for offset in offsets)
        if months and not is_time(key.dtype):
            raise self.problem("months have no fixed length between intervals", node)
        if is_time(key.dtype):
            key = self.expressions.make.cast(key, TIME)
        elif any(isinstance(offset, float) for offset in offsets):
            key = self.expressions.make.cast(key, FLOAT64)
        return BoundFrame(frame, key)

    def problem(self, message: str, node: exp.Expr, *, hint: str | None = None) -> SqlError:
        """Return a type error at *node*."""
        return self.expressions.make.source.place(TypeProblem(message, hint=hint), node)


def negative(distance: float | Interval) -> bool:
    """Tell whether a distance goes backwards (or is NaN)."""
    if isinstance(distance, Interval):
        return distance.months < 0 or distance.ns < 0
    return not distance >= 0
