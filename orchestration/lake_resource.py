"""The door from Dagster to the lake: the same `Lake` that the other services open."""

import atexit
import threading
from contextlib import ExitStack
from dataclasses import dataclass

import dagster as dg

from assets.storage.lake import Lake, open_lake
from assets.storage.settings import LakeSettings
from assets.storage.tables.cache import TableCache


@dataclass(frozen=True, slots=True)
class OpenLake:
    """An open lake and the snapshots that this process has read of its tables."""

    lake: Lake
    tables: TableCache


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """
    Where the lake lives is read from LIMNO_* and limnograph.toml when it is opened, as everywhere.

    It is no Dagster configuration, so that no run page shows a password.
    """

    connections_max: int = 4

    def open(self) -> OpenLake:
        """
        Return the lake, opened once per process and settings.

        A run is one process; the code server keeps it open between the sensor's ticks.

        Raises:
            StorageUnavailable: Postgres or the object store does not answer.
            UnsafeObjectStore: The object store fails the start-up probe.
        """
        return _OPENED.get(LakeSettings(), self.connections_max)  # type: ignore[call-arg]


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
                self._by_settings[settings] = OpenLake(lake, TableCache())
            return self._by_settings[settings]

    def close(self) -> None:
        with self._lock:
            self._by_settings.clear()
            self._closing.close()


_OPENED = _OpenedLakes()
atexit.register(_OPENED.close)


def close_lakes() -> None:
    """Close every lake that this process has opened; the next `open` opens it anew."""
    _OPENED.close()
