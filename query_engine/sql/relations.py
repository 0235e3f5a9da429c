"""
Bound relations: the query as a tree of operations over columns with unique names.

Nodes are compared by identity. A node may have several parents (a CTE that is named twice); what
walks the tree has to see it once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from query_engine.functions.table_function import RowFunction
from query_engine.sql.catalog import Table

if TYPE_CHECKING:
    from query_engine.sql.scalars import AggregateCall, ColumnRef, OrderKey, Scalar, WindowCall
    from query_engine.sql.scalars import Literal as Constant

JoinKind = Literal["inner", "left", "right", "full", "cross", "semi", "anti", "mark"]
SetKind = Literal["intersect", "except"]

ONE_SIDED: frozenset[JoinKind] = frozenset({"semi", "anti", "mark"})
"""The joins that ask whether a left row has a partner, and yield no right columns."""


@dataclass(frozen=True, slots=True, eq=False)
class OneRow:
    """What SELECT without FROM reads: one row, no columns."""

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """No columns."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """
    A table.

    Attributes:
        names: The table's own names, one for each of ``columns``.
        key_columns: Those of ``columns`` that hold one key of a map, by the map column's id, the
            key, and whether the key counts in any capitals. No name in the query means them.
    """

    table: Table
    names: tuple[str, ...]
    columns: "tuple[ColumnRef, ...]"
    key_columns: "Mapping[tuple[str, str, bool], ColumnRef]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """Computes its columns from those of ``input``; what is not listed is gone."""

    input: "Relation"
    items: "tuple[tuple[ColumnRef, Scalar], ...]"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """The computed columns."""
        return tuple(column for column, _ in self.items)


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """The rows for which ``predicate`` is true (neither false nor NULL)."""

    input: "Relation"
    predicate: "Scalar"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """
    Pairs of rows with equal ``keys`` for which ``residual`` holds.

    ``semi`` keeps the left rows that have a partner, ``anti`` those that have none; ``mark`` keeps
    all and says in the column ``mark`` which have one. These three have left columns only.

    Attributes:
        nulls_equal: NULL equals NULL in ``keys``.
    """

    left: "Relation"
    right: "Relation"
    kind: JoinKind
    keys: "tuple[tuple[Scalar, Scalar], ...]" = ()
    residual: "Scalar | None" = None
    nulls_equal: bool = False
    mark: "ColumnRef | None" = None

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of both sides, or of the left one."""
        own = self.left.columns
        if self.kind in ONE_SIDED:
            return own if self.mark is None else (*own, self.mark)
        return (*own, *self.right.columns)


@dataclass(frozen=True, slots=True, eq=False)
class AsofJoin:
    """
    Each left row with the one right row of equal ``keys`` that is nearest.

    Attributes:
        nearest: The values whose comparison by ``name`` holds and whose difference is least.
        keep: Left rows without such a row are kept.
    """

    left: "Relation"
    right: "Relation"
    keys: "tuple[tuple[Scalar, Scalar], ...]"
    nearest: "tuple[Scalar, Scalar]"
    name: str
    keep: bool

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of both sides."""
        return (*self.left.columns, *self.right.columns)


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """One row for each distinct combination of keys; exactly one row when there are no keys."""

    input: "Relation"
    keys: "tuple[tuple[ColumnRef, Scalar], ...]"
    aggregates: "tuple[tuple[ColumnRef, AggregateCall], ...]"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Keys, then aggregates."""
        return (*(c for c, _ in self.keys), *(c for c, _ in self.aggregates))


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """``input`` with a column for each window function, all of them over its columns."""

    input: "Relation"
    calls: "tuple[tuple[ColumnRef, WindowCall], ...]"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input, then the windows'."""
        return (*self.input.columns, *(column for column, _ in self.calls))


@dataclass(frozen=True, slots=True, eq=False)
class Sort:
    """The rows in order."""

    input: "Relation"
    keys: "tuple[OrderKey, ...]"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """At most ``count`` rows (None: all) after skipping ``offset``."""

    input: "Relation"
    count: int | None
    offset: int

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True, eq=False)
class LimitEach:
    """Like `Limit`, within the rows that are alike in ``by``; the input's order decides."""

    input: "Relation"
    by: "tuple[ColumnRef, ...]"
    count: int | None
    offset: int

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """Each different row once; NULLs are alike here."""

    input: "Relation"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """All rows of all inputs; columns match by position and have equal types."""

    inputs: "tuple[Relation, ...]"
    columns: "tuple[ColumnRef, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class SetOperation:
    """
    The rows of ``left`` that ``right`` has too, or has not; NULLs are alike here.

    Columns match by position and have equal types. ``distinct`` yields each row once; otherwise
    equal rows count: as often as both have it, or as often as ``left`` has it more.
    """

    kind: SetKind
    left: "Relation"
    right: "Relation"
    columns: "tuple[ColumnRef, ...]"
    distinct: bool


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Rows of constants; each has one of its type for each of ``columns``."""

    rows: "tuple[tuple[Constant, ...], ...]"
    columns: "tuple[ColumnRef, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class AttachValue:
    """``input`` with the one value of a subquery as one more column."""

    input: "Relation"
    subquery: "Relation"
    column: "ColumnRef"

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input, then the value."""
        return (*self.input.columns, self.column)


@dataclass(frozen=True, slots=True, eq=False)
class TableCall:
    """The rows that a function in FROM makes of ``args``, computed from each row of ``input``."""

    input: "Relation"
    function: RowFunction
    args: "tuple[Scalar, ...]"
    columns: "tuple[ColumnRef, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class WorkingTable:
    """What the name of a recursive CTE is inside it: the rows that the last step added."""

    token: str
    columns: "tuple[ColumnRef, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Recursive:
    """The rows of ``anchor``, and of ``step`` over what was added last until that is nothing."""

    anchor: "Relation"
    step: "Relation"
    columns: "tuple[ColumnRef, ...]"
    token: str
    distinct: bool


@dataclass(frozen=True, slots=True, eq=False)
class Unnest:
    """
    ``input`` with each row repeated for the elements of its arrays, which go side by side.

    Attributes:
        arrays: The columns of the elements, and the arrays over the columns of the input. Where
            one array is shorter than another its elements are NULL.
        number: Counts the elements of each row from 1.
        keep: A row without elements is kept once, with NULLs.
    """

    input: "Relation"
    arrays: "tuple[tuple[ColumnRef, Scalar], ...]"
    number: "ColumnRef | None"
    keep: bool

    @property
    def columns(self) -> "tuple[ColumnRef, ...]":
        """Those of the input, then the elements, then their number."""
        own = (*self.input.columns, *(column for column, _ in self.arrays))
        return own if self.number is None else (*own, self.number)


Relation = (
    OneRow
    | Scan
    | TableCall
    | Unnest
    | Project
    | Filter
    | Join
    | AsofJoin
    | Aggregate
    | Window
    | Sort
    | Limit
    | LimitEach
    | Distinct
    | Union
    | SetOperation
    | Values
    | AttachValue
    | WorkingTable
    | Recursive
)


_SIDES = attrgetter("left", "right")
_INPUTS: Mapping[type[Relation], Callable[[Relation], tuple[Relation, ...]]] = {
    **dict.fromkeys((OneRow, Scan, Values, WorkingTable), lambda _: ()),
    **dict.fromkeys((Join, AsofJoin, SetOperation), _SIDES),
    Recursive: attrgetter("anchor", "step"),
    Union: attrgetter("inputs"),
    AttachValue: attrgetter("input", "subquery"),
}
"""How to find the inputs of a node that has not just one; looked up often in each planning."""


def inputs(node: Relation) -> tuple[Relation, ...]:
    """Return the relations that *node* reads."""
    several = _INPUTS.get(type(node))
    return (node.input,) if several is None else several(node)  # type: ignore[union-attr]


def expanded_size(root: Relation) -> int:
    """Return how many nodes the tree has when a node counts once for each way to reach it."""
    sizes: dict[int, int] = {}
    for node in reversed(topological(root)):
        sizes[id(node)] = 1 + sum(sizes[id(child)] for child in inputs(node))
    return sizes[id(root)]


def topological(root: Relation) -> list[Relation]:
    """Return every node once, each after all of its parents."""
    order: list[Relation] = []
    seen: set[int] = set()
    stack: list[tuple[Relation, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in inputs(node))
    order.reverse()
    return order
