"""
AT TIME ZONE: a moment as the clocks of a named zone show it.

Every timestamp of ours is a moment in UTC. ``t AT TIME ZONE 'Europe/Berlin'`` is the same moment
with that zone: its fields, its text and ``date_trunc`` are those of its clocks. Text and dates say
what a clock shows: they are read as times of that zone.
"""

from functools import cache
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.function import TIME
from query_engine.functions.timestamps import has_offset
from query_engine.sql.errors import SqlError
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.types import DATE, is_text, is_time, shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


def bind_at_time_zone(self: "Expressions", node: exp.AtTimeZone, context: "Context") -> Scalar:
    """Bind ``x AT TIME ZONE 'zone'``."""
    zone = zone_name(self, node.args["zone"], context)
    dtype = TIME if zone == "UTC" else pl.Datetime("ns", zone)
    value, pos = self.bind(node.this, context), offset_of(node)
    if is_text(value.dtype):
        value = self.make.cast(value, TIME)
    if not is_time(value.dtype):
        message = f"AT TIME ZONE takes a timestamp, not {shown(value.dtype)}"
        raise self.make.problem(message, value.pos)
    if value.dtype == DATE or is_clock_text(node.this):
        moment = self.make.cast(value, TIME)
        return self.make.call(
            f"clock of {zone}", [moment], dtype, lambda a: read_in(a.expr, zone), pos
        )
    if value.dtype == dtype:
        return value
    return self.make.call(
        f"at {zone}", [value], dtype, lambda a: a.expr.dt.convert_time_zone(zone), pos
    )


def read_in(clock: pl.Expr, zone: str) -> pl.Expr:
    """Return the moment at which the clocks of *zone* show what UTC's show at *clock*."""
    return clock.dt.replace_time_zone(None).dt.replace_time_zone(
        zone, ambiguous="earliest", non_existent="null"
    )


def zone_name(self: "Expressions", node: exp.Expr, context: "Context") -> str:
    """Return the name of the zone, which has to be a known constant."""
    value = self.bind(node, context)
    if not isinstance(value, Literal) or not isinstance(value.value, str):
        raise self.make.problem("the zone of AT TIME ZONE is a constant text", value.pos)
    if value.value.upper() in {"UTC", "Z", "+00:00"}:
        return "UTC"
    if not is_zone(value.value):
        raise unknown_zone(self, value)
    return value.value


@cache
def is_zone(name: str) -> bool:
    """Tell whether the engine knows a zone."""
    try:
        pl.select(pl.lit(0).cast(TIME).dt.convert_time_zone(name))
    except pl.exceptions.PolarsError:
        return False
    return True


def unknown_zone(self: "Expressions", value: Literal) -> SqlError:
    """Return the error for a zone that does not exist."""
    hint = "write it like 'Europe/Berlin' or 'UTC'"
    return self.make.problem(f"there is no time zone {value.value!r}", value.pos, hint=hint)


def is_clock_text(node: exp.Expr) -> bool:
    """Tell whether a node is a constant text, or a cast of one, that names no offset."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return isinstance(node, exp.Literal) and bool(
        node.args["is_string"] and not has_offset(str(node.this))
    )
