"""What a JSON path consists of, as frozen values."""

import re
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Member:
    """``.name``: the member of an object; nothing else has members."""

    name: str


@dataclass(frozen=True, slots=True)
class AllMembers:
    """``.*``: the values of an object."""


@dataclass(frozen=True, slots=True)
class AllElements:
    """``[*]``: the elements of an array; any other value itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an array: ``offset`` from its first element, or from its last."""

    offset: int
    from_last: bool = False

    def among(self, count: int) -> int:
        """Return the place in an array of *count* elements; it may lie outside."""
        return count - 1 + self.offset if self.from_last else self.offset


@dataclass(frozen=True, slots=True)
class Elements:
    """``[0, last - 1, 2 to last]``: the elements at places; both ends of a range count."""

    ranges: tuple[tuple[Place, Place], ...]


@dataclass(frozen=True, slots=True)
class Descend:
    """
    ``.**``: the value and everything inside it, in depth-first order.

    Attributes:
        low: Only from this many levels down; None only values that have nothing inside.
        high: Only to this many levels down; None without end.
    """

    low: int | None = 0
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """``? (condition)``: only the values for which the condition is true."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the document (``$``) or from the value that a filter looks at (``@``)."""

    steps: "tuple[Step, ...]"
    current: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a text, true, false or null."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers made one by ``+ - * / %``."""

    op: str
    left: "Operand"
    right: "Operand"


@dataclass(frozen=True, slots=True)
class Signed:
    """``-x`` or ``+x`` of every number that the operand selects."""

    negative: bool
    operand: "Operand"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether any pair of values compares so, by ``== != < <= > >=`` or ``starts with``."""

    op: str
    left: "Operand"
    right: "Operand"


@dataclass(frozen=True, slots=True)
class Matches:
    """``operand like_regex "pattern"``: whether any text matches."""

    operand: "Operand"
    pattern: "re.Pattern[str]"


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether a path selects anything."""

    path: Path


@dataclass(frozen=True, slots=True)
class Both:
    """``a && b``, or ``a || b``; unknown when either is."""

    every: bool
    left: "Condition"
    right: "Condition"


@dataclass(frozen=True, slots=True)
class Not:
    """``!(a)``; unknown when it is."""

    condition: "Condition"


Step: TypeAlias = Member | AllMembers | AllElements | Elements | Descend | Where
Operand: TypeAlias = Path | Constant | Arithmetic | Signed
Condition: TypeAlias = Comparison | Matches | Exists | Both | Not
Expression: TypeAlias = Operand | Condition
