"""A catalog of frames in memory: the twin that SQL's tests run against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from query_engine.sql.catalog import ColumnPredicate, ScanRequest, Schema
from query_engine.sql.errors import SqlError, UnknownTable

TIME = pl.Datetime("ns", "UTC")
NUMBERS_MAX = 1_000_000
MINUTE_NS = 60_000_000_000
NOW_NS = 1_770_000_000_000_000_000  # 2026-02-02T02:40:00Z


@dataclass
class MemoryTable:
    """A frame as a table; keeps what its scans were asked for."""

    name: str
    frame: pl.DataFrame
    requests: list[ScanRequest] = field(default_factory=list)

    @property
    def schema(self) -> pl.Schema:
        """The frame's columns."""
        return self.frame.schema

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """
        Read exactly what is asked for and nothing more.

        A column too few is an error here and a predicate too many a wrong answer, not a slow query.
        """
        self.requests.append(request)
        frame = self.frame.lazy().filter(*(self.holds(p) for p in request.predicates))
        frame = frame if request.limit is None else frame.head(request.limit)
        return frame if request.columns is None else frame.select(sorted(request.columns))

    def holds(self, predicate: ColumnPredicate) -> pl.Expr:
        """Return the rows for which a predicate holds."""
        column, dtype = pl.col(predicate.column), self.schema[predicate.column]
        values = predicate.value if isinstance(predicate.value, tuple) else (predicate.value,)
        if isinstance(dtype, pl.Datetime):
            column, dtype = column.to_physical(), pl.Int64()
        wide = pl.Int128() if dtype.is_integer() else dtype
        column, constants = column.cast(wide), pl.Series(values, dtype=wide)
        if predicate.op == "in":
            return column.is_in(constants.implode())
        compare = {"=": column.eq, "<": column.lt, "<=": column.le, ">": column.gt}
        return compare.get(predicate.op, column.ge)(pl.lit(constants.item(), dtype=wide))


class MemoryCatalog:
    """Frames by name; ``numbers(n)`` is a table function with one column ``n`` of 0 to n - 1."""

    def __init__(self, **frames: pl.DataFrame) -> None:
        self.tables = {name: MemoryTable(name, frame) for name, frame in frames.items()}

    def table(self, name: str) -> MemoryTable:
        """Return a frame."""
        if name not in self.tables:
            raise UnknownTable(
                f'there is no table "{name}"', hint=f"there are {', '.join(self.tables)}"
            )
        return self.tables[name]

    def table_function(self, name: str, args: Sequence[object]) -> MemoryTable:
        """Return what a table function yields."""
        if name != "numbers":
            raise UnknownTable(f"there is no table function {name}")
        if len(args) != 1 or not isinstance(args[0], int) or args[0] > NUMBERS_MAX:
            raise SqlError("numbers takes one whole number")
        return MemoryTable(name, pl.DataFrame({"n": range(args[0])}, schema={"n": pl.Int64()}))

    def schemas(self) -> Mapping[str, Schema]:
        """None beside the public one."""
        return {}

    def table_names(self) -> Sequence[str]:
        """Return the names."""
        return list(self.tables)


def lake() -> MemoryCatalog:
    """Return a small lake: six log entries a minute apart, three processes, some spans."""
    properties = pl.Map(pl.String(), pl.String())
    log_entries = pl.DataFrame(
        {
            "time": pl.Series([NOW_NS - i * MINUTE_NS for i in range(6)]).cast(TIME),
            "process_id": ["a", "a", "b", "b", "c", None],
            "level": pl.Series([1, 2, 3, 4, None, 6], dtype=pl.Int32()),
            "msg": ["started", "50% done", "error: disk full", None, "Foo_bar", "error: timeout"],
            "properties": pl.Series(
                [
                    {"Route": "/a"},
                    {"route": "/b", "Route": "/B"},
                    None,
                    {},
                    {"k": "v"},
                    {"k": "w", "ROUTE": "/c"},
                ],
                dtype=properties,
            ),
            "value": [1.5, 2.5, None, -1.5, 0.0, float("nan")],
        }
    )
    processes = pl.DataFrame(
        {
            "process_id": ["a", "b", "d"],
            "exe": ["shop", "pay", "idle"],
            "start_time": pl.Series([NOW_NS - i * 60 * MINUTE_NS for i in range(3)]).cast(TIME),
            "streams.tags": [["log", "cpu"], [], None],
        }
    )
    spans = pl.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "begin": pl.Series([NOW_NS - i * 1_500_000_000 for i in range(4)]).cast(TIME),
            "end": pl.Series([NOW_NS + 500_000_000 * i for i in range(4)]).cast(TIME),
            "name": ["checkout", "pay", "checkout", None],
            "depth": pl.Series([0, 1, 0, 2], dtype=pl.UInt32()),
        }
    )
    return MemoryCatalog(log_entries=log_entries, processes=processes, spans=spans)
