"""What the SDK did so far in this process, as numbers."""

from collections.abc import Mapping
from typing import NamedTuple


class Stats(NamedTuple):
    """
    What the SDK did so far in this process.

    Attributes:
        acknowledged_events: Events that the receiver has stored.
        acknowledged_blocks: Blocks that the receiver has stored.
        acknowledged_requests: Requests that the receiver has answered with 2xx.
        retries: Attempts that failed and are or were repeated.
        waiting_requests: Requests encoded and not yet acknowledged.
        waiting_bytes: Bytes of those that are in memory.
        dropped: Events lost, by reason.
        failures: Errors of the SDK itself, caught.
        last_error: What the receiver or the network said last when something failed.
        dropped_by_stream: Events lost, by the tag of their stream: ``log``, ``metrics``, ``cpu``.
        spooled_bytes: Bytes of waiting requests that are on disk only.
        kept_events: Events that ``shutdown`` left in files for the next start.
        recovered_processes: Ended processes whose requests this one has taken over.
        recovered_events: Events of theirs that the receiver has stored.
    """

    acknowledged_events: int
    acknowledged_blocks: int
    acknowledged_requests: int
    retries: int
    waiting_requests: int
    waiting_bytes: int
    dropped: Mapping[str, int]
    failures: int
    last_error: str
    dropped_by_stream: Mapping[str, int]
    spooled_bytes: int
    kept_events: int
    recovered_processes: int
    recovered_events: int
