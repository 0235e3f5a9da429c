"""
How many Flight calls run at once: pyarrow makes a thread for each and knows no bound.

Decided: the place is taken where a call begins, before its handler, and given back where gRPC has
ended it, its stream included. A call without a place gets as far as its error, and no further.
"""

from collections.abc import Mapping, Sequence
from threading import Lock

import pyarrow.flight as fl

from query_engine.limits import FLIGHT_ACTIONS_SPARE, FLIGHT_CALLS_MAX

MIDDLEWARE = "slots"


class CallSlots:
    """
    Counts the calls that run. Thread-safe; servers that follow each other share it.

    Args:
        calls_max: Places.

    Attributes:
        calls_max: The same.
        taken: How many run now.
    """

    def __init__(self, calls_max: int = FLIGHT_CALLS_MAX) -> None:
        self.calls_max = calls_max
        self.taken = 0
        self._lock = Lock()

    def enter(self, *, action: bool) -> bool:
        """
        Take a place; False when there is none.

        Actions have some of their own: they stop queries, ask for progress and health.
        """
        with self._lock:
            if self.taken >= self.calls_max + (FLIGHT_ACTIONS_SPARE if action else 0):
                return False
            self.taken += 1
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            assert self.taken > 0, "a place is given back once"
            self.taken -= 1


class CallSlot(fl.ServerMiddleware):  # type: ignore[misc]
    """
    The place of one call.

    Attributes:
        granted: Whether it has one; else its handler refuses it.
        calls_max: How many there are, for the error.
    """

    def __init__(self, slots: CallSlots, *, action: bool) -> None:
        self._slots = slots
        self.calls_max = slots.calls_max
        self.granted = slots.enter(action=action)

    def call_completed(self, exception: object) -> None:
        """Give the place back."""
        del exception
        if self.granted:
            self._slots.leave()


class CallSlotFactory(fl.ServerMiddlewareFactory):  # type: ignore[misc]
    """Makes a `CallSlot` per call."""

    def __init__(self, slots: CallSlots) -> None:
        self._slots = slots

    def start_call(
        self,
        info: fl.CallInfo,
        headers: Mapping[str, Sequence[str | bytes]],  # noqa: ARG002  (the signature is pyarrow's)
    ) -> CallSlot:
        """Take a place, if there is one."""
        return CallSlot(self._slots, action=info.method == fl.FlightMethod.DO_ACTION)
