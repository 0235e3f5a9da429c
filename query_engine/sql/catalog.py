"""
What SQL needs from the tables: the protocols between the language and the storage.

Rule: nothing here knows Delta, Postgres or Polars plans beyond a ``LazyFrame``. A table says which
columns it has; a scan gets what the query is known to need and may use it to read less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import polars as pl

if TYPE_CHECKING:
    from query_engine.sql.positions import Source
    from query_engine.sql.view_statements import ViewStatement


class Unknown(Enum):
    """Stands for the value of an argument that only a run would tell."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN

PredicateOp = Literal["=", "<", "<=", ">", ">=", "in"]


@dataclass(frozen=True, slots=True)
class ColumnPredicate:
    """
    ``column op value``, known to hold for every row that can reach the result.

    Rows where the column is NULL never satisfy it.

    Attributes:
        value: A Python scalar of the column's type; for time columns an int of Unix ns, for dates a
            ``datetime.date``; for ``in`` a tuple of those.
    """

    column: str
    op: PredicateOp
    value: object


@dataclass(slots=True)
class ScanReport:
    """
    What a table found out while a scan was planned, for EXPLAIN; None where it cannot tell.

    Attributes:
        files_without: Files left out because none of the values looked up is in them.
        slices_older: Slices of the table that the view as it was before has built.
        rows: Rows in the files to be read, before any filter.
        bytes: Size of those files.
        pin_seconds: How long it took to find the table's snapshot.
        tail_seconds: How long it took to find and decode the rows that are in no file yet.
    """

    files_read: int | None = None
    files_total: int | None = None
    files_without: int = 0
    slices_read: int | None = None
    slices_total: int | None = None
    slices_older: int = 0
    rows: int | None = None
    bytes: int | None = None
    tail_blocks: int | None = None
    pin_seconds: float = 0.0
    tail_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """
    What a query needs of one table.

    Attributes:
        columns: The columns that are used; None means all. A scan may return more.
        predicates: Conjuncts known to hold: the scan MAY prune with them, SQL always filters again.
        limit: Any so many rows of the table are enough (after its own ``begin``/``end`` filter).
        pieces: Only the rows of these pieces of a `PiecewiseTable`, by their numbers.
        tested: Those of ``predicates`` that SQL tests on the scan's own rows: a scan that filters
            by the same comparison of the same values makes the engine do it twice.
        report: What the scan is asked to fill in.
    """

    columns: frozenset[str] | None = None
    predicates: tuple[ColumnPredicate, ...] = ()
    limit: int | None = None
    pieces: frozenset[int] | None = None
    tested: frozenset[ColumnPredicate] = frozenset()
    report: ScanReport = field(default_factory=ScanReport, compare=False)


class Table(Protocol):
    """A relation that can be scanned; ``schema`` has times as ``Datetime("ns", "UTC")``."""

    @property
    def name(self) -> str:
        """The name that messages show."""
        ...

    @property
    def schema(self) -> pl.Schema:
        """Every column, in the order that ``SELECT *`` shows."""
        ...

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return at least the requested columns of all rows that can satisfy the predicates."""
        ...


@dataclass(frozen=True, slots=True)
class MapKey:
    """
    One key of a map column.

    Attributes:
        any_case: The key in other capitals counts when the key itself is missing.
    """

    column: str
    key: str
    any_case: bool


@runtime_checkable
class KeyedTable(Protocol):
    """A table that keeps keys of its map columns as columns of their own, which is cheaper."""

    @property
    def key_columns(self) -> Mapping[MapKey, str]:
        """Name of the text column that a scan yields for a key; not part of ``schema``."""
        ...


@runtime_checkable
class LookedUpTable(Protocol):
    """A table that finds the few rows of given values of some columns without reading much."""

    @property
    def found_by(self) -> frozenset[str]:
        """The columns, by the names that a scan has for them."""
        ...


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """
    Bounds of a column, in the values of ``ColumnPredicate``; None is unknown.

    No value lies outside them, and none need be equal to one.
    """

    low: object = None
    high: object = None


@dataclass(frozen=True, slots=True)
class TableStatistics:
    """About how many rows a table has, and what its columns lie between."""

    rows: float
    columns: Mapping[str, ColumnStatistics]


@runtime_checkable
class MeasuredTable(Protocol):
    """A table that can say how large it is without being read."""

    def statistics(self) -> TableStatistics:
        """Return what is known at once; estimates for choosing a plan, never for an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """
    Rows of a table that can be read by themselves, such as those of one file.

    Attributes:
        number: Names it in ``ScanRequest.pieces``.
        low: No value of the column is below; None is unknown. Times are Unix ns.
        high: No value of the column is above.
        rows: How many rows there are, exactly; None is unknown.
        whole: Every row satisfies all the predicates, and the column is nowhere NULL.
    """

    number: int
    low: int | None = None
    high: int | None = None
    rows: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Pieces:
    """
    All pieces of a table that can hold rows of interest.

    Attributes:
        slack: A value that occurs lies at most so far inside of each bound.
    """

    pieces: tuple[Piece, ...]
    slack: int


@runtime_checkable
class PiecewiseTable(Protocol):
    """A table whose scan can be limited to some of its pieces, with bounds of a column."""

    def pieces(self, predicates: Sequence[ColumnPredicate], column: str | None) -> Pieces | None:
        """
        Return the pieces with their bounds of *column*, which has no NULL.

        Reads no rows. None when the table is not in pieces or knows no bounds of the column; with
        no *column* the bounds are left out.
        """
        ...


@runtime_checkable
class DescribedTable(Protocol):
    """A table that has sentences about itself and its columns."""

    @property
    def doc(self) -> str:
        """What it holds."""
        ...

    @property
    def column_docs(self) -> Mapping[str, str]:
        """What a column means, by its name."""
        ...


class Schema(Protocol):
    """Tables by name."""

    def table(self, name: str) -> Table:
        """
        Return the table called *name*.

        Raises:
            UnknownTable: There is none; the message lists those there are.
        """
        ...

    def table_names(self) -> Sequence[str]:
        """Every table name, for messages and listings."""
        ...


@runtime_checkable
class PayloadCatalog(Protocol):
    """A catalog over blocks whose bytes can be read."""

    def payload_reader(self) -> object:
        """Return what yields payloads in a plan: ids to bytes, fit for ``map_batches``."""
        ...


@dataclass(frozen=True, slots=True)
class CatalogFunction:
    """
    A function in FROM that a catalog opens.

    Attributes:
        written: How a call looks.
    """

    name: str
    written: str
    doc: str


@runtime_checkable
class DefiningCatalog(Protocol):
    """A catalog in which statements define views."""

    def change_views(self, statement: "ViewStatement", source: "Source") -> pl.LazyFrame:
        """
        Return the plan that does what a statement says when it runs, and yields what was done.

        Raises:
            SqlError: The statement is wrong, or who asks may not; placed.
        """
        ...


@runtime_checkable
class FunctionCatalog(Protocol):
    """A catalog that lists the functions that it opens."""

    def table_functions(self) -> Sequence[CatalogFunction]:
        """Every function in FROM that who asks may call."""
        ...


class Catalog(Schema, Protocol):
    """The tables and table functions that a query may name; as a schema it is called ``public``."""

    def schemas(self) -> Mapping[str, Schema]:
        """Return the schemas beside ``public``; a query names them before the table."""
        ...

    def table_function(self, name: str, args: Sequence[object]) -> Table:
        """
        Return the table that the function *name* yields for constant arguments.

        Arguments are Python scalars (str, int, float, bool, None; times as int Unix ns), and
        UNKNOWN for the value of a subquery or of an unbound parameter when the query is planned for
        its schema only.

        Raises:
            UnknownTable: There is no such function.
            SqlError: The arguments are wrong; SQL adds the position.
        """
        ...
