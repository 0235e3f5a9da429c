"""flame(process_id, begin, end): where the threads of a process spent their time."""

from dataclasses import dataclass

import polars as pl

from query_engine.spans.flame import FLAME as FLAME_SCHEMA
from query_engine.spans.flame import Flame
from query_engine.sql.catalog import UNKNOWN, ColumnPredicate, ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import (
    LakeFunction,
    schema_of,
    text,
    time_ns,
    uuid_text,
)
from query_engine.tables.instances import SPANS, Instance, open_instance
from query_engine.tables.process_lanes import lasting
from query_engine.tables.session import QuerySession

ROWS = (
    ("path", pl.String(), "names from the outermost span on, `;` between them (in a name: `%3B`)"),
    ("name", pl.String(), "name of the innermost span"),
    ("depth", pl.UInt32(), "how many spans enclose it"),
    ("parent_path", pl.String(), "path of the span around it, NULL for an outermost one"),
    ("count", pl.UInt64(), "calls by this path"),
    ("inclusive", pl.Int64(), "nanoseconds of these calls"),
    ("self", pl.Int64(), "nanoseconds of them in which no span within ran"),
    ("min", pl.Int64(), "nanoseconds of the shortest call"),
    ("max", pl.Int64(), "nanoseconds of the longest call"),
)
assert schema_of(ROWS) == FLAME_SCHEMA
_NEEDED = frozenset({"id", "parent", "begin", "end", "name"})


@dataclass(frozen=True, slots=True)
class Period:
    """
    Spans of a process within a time.

    Attributes:
        begin_ns: First moment, Unix ns; None: from the first span on.
        end_ns: Last moment; None: up to the last span.
    """

    process_id: str
    begin_ns: int | None = None
    end_ns: int | None = None

    def flame(self, session: QuerySession) -> pl.LazyFrame:
        """Return the flame table of the spans, within the call's time range."""
        begin_ns, end_ns = self.begin_ns, self.end_ns
        if session.time_range is not None:
            low, high = session.time_range.begin_ns, session.time_range.end_ns
            begin_ns = low if begin_ns is None else max(low, begin_ns)
            end_ns = high if end_ns is None else min(high, end_ns)
        wanted = []
        if begin_ns is not None:
            wanted.append(ColumnPredicate("end", ">=", begin_ns))
        if end_ns is not None:
            wanted.append(ColumnPredicate("begin", "<=", end_ns))
        table = open_instance(session, Instance(SPANS, self.process_id))
        spans = table.scan(ScanRequest(_NEEDED, tuple(wanted))).select(sorted(_NEEDED))
        spans = spans.with_columns(lasting(table, end_ns))
        spans = spans.with_columns(pl.col("begin", "end").cast(pl.Int64()))
        return spans.map_batches(Flame(begin_ns, end_ns), schema=FLAME_SCHEMA)


@dataclass(frozen=True, slots=True)
class FlameTable:
    """The call: which spans."""

    period: Period

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return FLAME_SCHEMA

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """
        Return the rows.

        Raises:
            NotFound: There is no such process.
            TooManyPaths: There are more call paths than can be told apart.
        """
        return self.period.flame(session)


def period(function: str, process_id: object, *range_: object) -> Period:
    """Check a process and, where it is given, the period."""
    process = uuid_text("process", text(function, "a process id", process_id))
    if not range_:
        return Period(process)
    begin, end = range_
    first, last = time_ns(function, "a begin", begin), time_ns(function, "an end", end)
    if first > last and UNKNOWN not in range_:
        raise SqlError(f"{function}: the begin is after the end; the begin comes first")
    return Period(process, first, last)


def opens(process_id: object, *range_: object) -> FlameTable:
    """Check the process and the period."""
    return FlameTable(period("flame", process_id, *range_))


FLAME = LakeFunction(
    name="flame",
    written="flame('<process_id>', '<begin>', '<end>')",
    opens=opens,
    counts=range(1, 4, 2),
    doc=(
        "Inclusive and self time of a process's threads by call path: the table behind a flame "
        "graph. begin and end may be left out; of a span that reaches over them the part within "
        "counts. Children that ran at once, as coroutines do, are taken off a span's self time "
        "once. Spans within 256 others count as self time of the span at that depth."
    ),
    rows=ROWS,
)
