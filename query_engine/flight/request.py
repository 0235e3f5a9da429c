"""
What a command or an action is asked with, and what it answers: free of `pyarrow.flight`.

Rule: everything here lives as long as one call and is never kept after it. `Call.is_cancelled`
asks the running RPC.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import BoundedSemaphore

import pyarrow as pa

from auth.authenticator import Authenticator
from auth.principal import Principal
from query_engine.callers import EVERYBODY
from query_engine.flight.limits import HANDSHAKES_MAX
from query_engine.flight.proto import Message
from query_engine.flight.slots import CallSlots
from query_engine.flight.statements import Statements
from query_engine.flight.stops import Stops
from query_engine.headers import QueryHeaders
from query_engine.ingest.uploads import Uploads
from query_engine.limits import PROGRESS_LISTENERS_MAX
from query_engine.service import QueryService


def nothing() -> None:
    """Have nothing to do."""


@dataclass(frozen=True, slots=True)
class Engine:
    """
    What stands behind the door, the same for every call, and for servers that follow each other.

    Attributes:
        service: Runs the queries.
        statements: The prepared statements that are kept.
        stops: How to stop what is more than one query.
        check_ready: Returns if queries can be answered, else raises a `LakeError`.
        slots: Bounds the calls under way.
        handshakes: A place for each handshake under way.
        listeners: A place for each who follows the progress of a query.
        uploads: Takes tables in; None takes none.
        authenticator: Says who calls.
    """

    service: QueryService
    statements: Statements = field(default_factory=Statements)
    stops: Stops = field(default_factory=Stops)
    check_ready: Callable[[], None] = nothing
    slots: CallSlots = field(default_factory=CallSlots)
    handshakes: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(HANDSHAKES_MAX))
    listeners: BoundedSemaphore = field(
        default_factory=lambda: BoundedSemaphore(PROGRESS_LISTENERS_MAX)
    )
    uploads: Uploads | None = None
    authenticator: Authenticator = field(default_factory=lambda: Authenticator(anybody=EVERYBODY))

    def cancel(self, query_id: str, caller: Principal = EVERYBODY) -> bool:
        """Stop a query and what would run after it; False when *caller* has none of that id."""
        followed = self.stops.stop(query_id, caller)
        return self.service.cancel(query_id, caller) or followed


@dataclass(frozen=True, slots=True)
class Call:
    """
    One RPC.

    Attributes:
        headers: What its headers say.
        client: Address of the caller.
        is_cancelled: Whether the caller has left; any thread may ask at any time.
    """

    headers: QueryHeaders
    client: str
    is_cancelled: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Request:
    """
    A command or an action as somebody sent it.

    Attributes:
        message: Its protobuf message, opened; empty for an action of plain bytes.
        body: The bytes as they came.
    """

    engine: Engine
    call: Call
    message: Message = field(default_factory=Message)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Rows:
    """
    What DoGet sends.

    Attributes:
        schema: Schema of every batch.
        batches: May raise `LakeError` on the way.
        close: Called once at the end, however it comes, from any thread.
        query_id: The query that yields them; "" when there is none.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    close: Callable[[], None] = nothing
    query_id: str = ""

    @staticmethod
    def of(table: pa.Table) -> "Rows":
        """Return the rows of a table that is there already."""
        return Rows(table.schema, iter(table.to_batches()))


@dataclass(frozen=True, slots=True)
class Upload:
    """
    What DoPut receives.

    A client that was killed looks like one that has sent everything: ask `Call.is_cancelled` after
    the last batch and before anything is kept for good.

    Attributes:
        schema: Schema of every batch.
        batches: As they come.
    """

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
