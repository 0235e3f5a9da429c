"""An open lake with the snapshots read of its tables, opened once per process and settings."""

import atexit
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from assets.maintain.task import Site
from assets.storage.lake import Lake, open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables.cache import TableCache
from assets.views.catalog import Views, built_in
from orchestration.known_views import KnownViews


@dataclass(frozen=True, slots=True)
class OpenLake:
    """
    An open lake and the snapshots that this process has read of its tables.

    Attributes:
        views_now: Returns the views that there are now.
    """

    lake: Lake
    tables: TableCache
    views_now: Callable[[], Views] = built_in

    @property
    def views(self) -> Views:
        """The views that there are now."""
        return self.views_now()

    def site(self) -> Site:
        """Return it as maintenance and checks want it, as of now."""
        return Site(self.lake, self.tables, datetime.now(UTC), self.views)


class _OpenedLakes:
    """The lakes of this process by settings; closed at exit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_settings: dict[LakeSettings, OpenLake] = {}
        self._closing = ExitStack()

    def get(self, settings: LakeSettings, connections_max: int) -> OpenLake:
        with self._lock:
            if settings not in self._by_settings:
                lake = self._closing.enter_context(open_lake(settings, pool_size=connections_max))
                known = KnownViews(lake.connection)
                self._by_settings[settings] = OpenLake(lake, TableCache(), known)
            return self._by_settings[settings]

    def close(self) -> None:
        with self._lock:
            self._by_settings.clear()
            self._closing.close()


_OPENED = _OpenedLakes()
atexit.register(_OPENED.close)


def lake_of_this_process(connections_max: int) -> OpenLake:
    """
    Return the lake that this process's environment names, opened at the first call.

    Raises:
        WrongSettings: The environment names none.
        StorageUnavailable: Postgres or the object store does not answer.
        UnsafeObjectStore: The object store fails the start-up probe.
    """
    return _OPENED.get(LakeSettings(), connections_max)  # type: ignore[call-arg]


def close_lakes() -> None:
    """Close every lake that this process has opened; the next call opens it anew."""
    _OPENED.close()
