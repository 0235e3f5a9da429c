"""Intervals as SQL has them: calendar months apart from exact time."""

from dataclasses import dataclass

NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Interval:
    """
    A length of time: *months* have no fixed length, the rest is exact (all times are UTC).

    Attributes:
        months: Calendar months; years are twelve of them.
        ns: Nanoseconds; days and weeks included.
    """

    months: int
    ns: int

    def __neg__(self) -> "Interval":
        return Interval(-self.months, -self.ns)

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.months + other.months, self.ns + other.ns)

    @property
    def offset(self) -> str:
        """The text that Polars' ``dt.offset_by`` takes."""
        return f"{self.months}mo" if self.months else f"{self.ns}ns"
