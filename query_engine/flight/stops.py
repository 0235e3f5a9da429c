"""How to stop what is more than one query, by the id of the query that it began with."""

from collections.abc import Callable
from threading import Lock

from assets.errors import CallerError
from auth.principal import Principal
from query_engine.callers import may_stop


class Stops:
    """What is under way. Thread-safe; a call adds its own and removes it at its end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stops: dict[str, tuple[Principal, Callable[[], None]]] = {}

    def add(self, query_id: str, owner: Principal, stop: Callable[[], None]) -> None:
        """
        Have *stop* called when that query is to be stopped, by its owner or an administrator.

        Raises:
            CallerError: What began with a query of that id is under way already.
        """
        with self._lock:
            if query_id in self._stops:
                raise CallerError("a statement with this query id is under way already")
            self._stops[query_id] = owner, stop

    def remove(self, query_id: str) -> None:
        """Forget it; harmless if there is none."""
        with self._lock:
            self._stops.pop(query_id, None)

    def stop(self, query_id: str, caller: Principal) -> bool:
        """Stop what began with that query; False if there is nothing that *caller* may stop."""
        with self._lock:
            found = self._stops.get(query_id)
        if found is None or not may_stop(caller, found[0]):
            return False
        found[1]()
        return True

    def __len__(self) -> int:
        with self._lock:
            return len(self._stops)
