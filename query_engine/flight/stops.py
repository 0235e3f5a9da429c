"""How to stop what is more than one query, by the id of the query that it began with."""

from collections.abc import Callable
from threading import Lock


class Stops:
    """What is under way. Thread-safe; a call adds its own and removes it at its end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stops: dict[str, Callable[[], None]] = {}

    def add(self, query_id: str, stop: Callable[[], None]) -> None:
        """Have *stop* called when that query is to be stopped."""
        with self._lock:
            self._stops[query_id] = stop

    def remove(self, query_id: str) -> None:
        """Forget it; harmless if there is none."""
        with self._lock:
            self._stops.pop(query_id, None)

    def stop(self, query_id: str) -> bool:
        """Stop what began with that query; False if there is nothing."""
        with self._lock:
            stop = self._stops.get(query_id)
        if stop is None:
            return False
        stop()
        return True

    def __len__(self) -> int:
        with self._lock:
            return len(self._stops)
