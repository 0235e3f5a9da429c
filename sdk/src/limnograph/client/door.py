"""What the client asks of a way to reach the query service; Flight and HTTP are the two."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from limnograph.client.auth import Authorize
from limnograph.client.times import Zone

if TYPE_CHECKING:
    import pyarrow as pa

Params = Sequence[Any] | Mapping[str, Any]
"""Values for ``?`` and ``$1`` in order, or by name for ``:name``."""


class Target(NamedTuple):
    """A service to reach, and as whom."""

    uri: str
    authorize: Authorize
    tls_ca: bytes | None
    tls_verify: bool
    timeout_s: float | None


class Query(NamedTuple):
    """One query as a door sends it; times in Unix ns, both or neither; parameters in *zone*."""

    sql: str
    begin_ns: int | None = None
    end_ns: int | None = None
    limit: int | None = None
    params: Params | None = None
    query_id: str = ""
    zone: Zone = None
    on_demand: str | None = None

    def renamed(self) -> "Query":
        """Return the same question with an id of its own."""
        return self._replace(query_id=str(uuid.uuid4()))


class Answer(NamedTuple):
    """What a query gives; iterating raises QueryError when it fails on the way."""

    schema: "pa.Schema"
    batches: "Iterator[pa.RecordBatch]"


class Stop:
    """
    Ends a query, whatever it is doing: what does that changes while the query goes on.

    Thread-safe; the action may take a while, and runs at most once.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._action: Callable[[], object] | None = None
        self._called = False

    def use(self, action: Callable[[], object] | None) -> None:
        """From now on *action* is what ends the query; at once if it was to end already."""
        with self._lock:
            self._action = action
            late = self._called
        if late and action is not None:
            action()

    def __call__(self) -> None:
        """End it; a second call does nothing."""
        with self._lock:
            if self._called:
                return
            self._called = True
            action = self._action
        if action is not None:
            action()


class Door(Protocol):
    """One way to reach the query service. Thread-safe."""

    def run(self, query: Query, stop: Stop) -> Answer:
        """
        Send the query and return once its answer begins.

        Args:
            query: What to ask.
            stop: Is told how to end the query, from before it is sent.

        Raises:
            QueryError: It was refused, or failed, or the service cannot be reached.
        """
        ...

    def cancel(self, query_id: str) -> bool:
        """
        Stop a query by its id; False when there is none of that id under way.

        Raises:
            QueryError: The service cannot be reached, or cannot cancel.
        """
        ...

    def progress(self, query_id: str) -> Iterator[Mapping[str, Any]]:
        """
        Yield what is known of a query until it ends.

        Raises:
            QueryError: The service does not say.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
