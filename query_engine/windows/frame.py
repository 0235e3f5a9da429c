"""What a frame is: which rows around each row an aggregate or a value function reads."""

from dataclasses import dataclass
from typing import Literal

from query_engine.functions.interval import Interval

Unit = Literal["rows", "range", "groups"]
Exclusion = Literal["no others", "current row", "group", "ties"]


@dataclass(frozen=True, slots=True)
class Edge:
    """
    One end of a frame.

    Attributes:
        direction: -1 PRECEDING, 0 CURRENT ROW, 1 FOLLOWING.
        offset: How far; None is UNBOUNDED (or nothing, at the current row).
    """

    direction: int
    offset: int | float | Interval | None = None

    @property
    def unbounded(self) -> bool:
        """It is an end of the partition."""
        return self.direction != 0 and self.offset is None


FIRST = Edge(-1)
CURRENT = Edge(0)
LAST = Edge(1)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows from ``start`` to ``end``, counted in rows, in groups of peers, or by ORDER BY."""

    unit: Unit = "range"
    start: Edge = FIRST
    end: Edge = CURRENT
    exclude: Exclusion = "no others"

    @property
    def by_offset(self) -> bool:
        """RANGE with a distance, which is looked for among the values of the order key."""
        return self.unit == "range" and (
            self.start.offset is not None or self.end.offset is not None
        )

    @property
    def whole(self) -> bool:
        """Every frame is its whole partition."""
        return self.start.unbounded and self.end == LAST and self.exclude == "no others"


RUNNING = Frame()
"""What SQL means where no frame is written."""
WHOLE = Frame("rows", FIRST, LAST)
