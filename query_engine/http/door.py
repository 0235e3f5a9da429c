"""What the routes of the HTTP door share: the service behind it and its bounded places."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from query_engine.errors import TooManyListeners
from query_engine.limits import PROGRESS_LISTENERS_MAX
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.function_listing import FunctionInfo
from query_engine.tables.listing import TableInfo

T = TypeVar("T")
SPARE_THREADS = 4
"""Threads beyond those that running and waiting queries may take."""


class Listeners:
    """Places for those who follow the progress of queries; used by one event loop."""

    def __init__(self, places: int = PROGRESS_LISTENERS_MAX) -> None:
        self._places, self.taken = places, 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """
        Hold a place.

        Raises:
            TooManyListeners: All are taken.
        """
        if self.taken >= self._places:
            raise TooManyListeners(f"{self._places} listeners follow queries already; ask later")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


@dataclass(frozen=True, slots=True)
class HttpDoor:
    """
    The door, for its routes.

    Attributes:
        service: Runs the queries.
        tables: Returns what can be asked now; may take a while.
        functions: What can be called.
        check_ready: Returns if the lake answers, else raises a `LakeError`; takes a while.
        query_threads: Bounds the threads that wait for queries.
        perfetto_ui: Origin of Perfetto's viewer.
        listeners: Bounds those who follow queries.
    """

    service: QueryService
    tables: Callable[[], tuple[TableInfo, ...]]
    functions: tuple[FunctionInfo, ...]
    check_ready: Callable[[], None]
    query_threads: CapacityLimiter
    perfetto_ui: str
    listeners: Listeners = field(default_factory=Listeners)

    @staticmethod
    def threads_of(settings: QuerySettings) -> CapacityLimiter:
        """Return a limiter with a thread for each query that may run or wait."""
        return CapacityLimiter(
            settings.running_queries_max + settings.waiting_queries_max + SPARE_THREADS
        )

    @staticmethod
    async def in_thread(call: Callable[..., T], *args: object) -> T:
        """Return what *call* returns, without holding the loop up."""
        return await to_thread.run_sync(partial(call, *args))
