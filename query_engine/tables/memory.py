"""Tables that live in memory: the twin of `LakeTables` for tests and examples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl

from assets.views.catalog import BUILT_IN, Views
from auth.principal import Principal
from query_engine.builds.modes import OnDemand
from query_engine.builds.patience import Patience
from query_engine.cancel import CancelToken
from query_engine.progress import Progress
from query_engine.running import RunningQueries
from query_engine.sql.catalog import ScanRequest, Schema
from query_engine.sql.errors import UnknownTable
from query_engine.tables.ranges import TimeRange
from query_engine.workers.scratch import Scratch


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """A frame as a table."""

    name: str
    frame: pl.LazyFrame

    @property
    def schema(self) -> pl.Schema:
        """Columns of the frame."""
        return self.frame.collect_schema()

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the whole frame."""
        del request
        return self.frame


class MemoryCatalog:
    """Frames by name; there are no table functions."""

    def __init__(self, frames: Mapping[str, pl.LazyFrame]) -> None:
        self._frames = frames

    def table(self, name: str) -> MemoryTable:
        """Return the frame called *name*, or raise `UnknownTable`."""
        if name not in self._frames:
            raise UnknownTable(f"no table {name!r}; there are: {', '.join(self._frames)}")
        return MemoryTable(name, self._frames[name])

    def table_function(self, name: str, args: Sequence[object]) -> MemoryTable:
        """Raise `UnknownTable`."""
        del args
        raise UnknownTable(f"no table function {name!r}")

    def schemas(self) -> Mapping[str, Schema]:
        """None beside the public one."""
        return {}

    def table_names(self) -> Sequence[str]:
        """Names of the frames."""
        return tuple(self._frames)


@dataclass(slots=True)
class MemoryTables:
    """
    Opens the same frames for every query.

    Attributes:
        frames: The tables; may be changed between queries.
        ranges: The time range of each query so far; the frames do not obey it.
        admins: Whether each query so far had the functions of administrators; here are none.
        on_demand: What each query so far wanted to do about tables that are being built.
        on_open: Called when a query opens the tables.
        running: The queries under way.
    """

    frames: dict[str, pl.LazyFrame]
    ranges: list[TimeRange | None] = field(default_factory=list)
    admins: list[bool] = field(default_factory=list)
    on_demand: list[OnDemand] = field(default_factory=list)
    on_open: Callable[[], None] = lambda: None
    running: RunningQueries = field(default_factory=RunningQueries)

    @contextmanager
    def open(
        self,
        time_range: TimeRange | None,
        token: CancelToken,
        scratch: Scratch,
        progress: Progress | None = None,
        *,
        reader: Principal,
        admin: bool = True,
        patience: Patience | None = None,
    ) -> Iterator[MemoryCatalog]:
        """Open the tables and remember the range."""
        self.ranges.append(time_range)
        self.admins.append(admin)
        if patience is not None:
            self.on_demand.append(patience.mode)
        self.on_open()
        del token, scratch, progress, reader
        yield MemoryCatalog(self.frames)

    def views(self) -> Views:
        """Return ours, which these tables are none of."""
        return BUILT_IN

    def close(self, timeout_s: float) -> bool:
        """Nothing is built here."""
        return timeout_s >= 0

    def schemas(self, *, admin: bool = True) -> MemoryCatalog:
        """Return the tables."""
        del admin
        return MemoryCatalog(self.frames)
