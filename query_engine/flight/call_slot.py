"""
The place of a Flight call, from its begin to its end.

Decided: a middleware takes it, before the handler, and gives it back when gRPC has ended the call,
its stream included. No handler sees both ends of a stream.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import pyarrow.flight as fl

from query_engine.flight.slots import CallSlots

MIDDLEWARE = "slots"


class CallSlot(fl.ServerMiddleware):  # type: ignore[misc]
    """
    The place of one call.

    Attributes:
        granted: Whether it has one; else its handler refuses it.
        calls_max: How many there are, for the error.
    """

    def __init__(self, slots: CallSlots, *, action: bool, completed: Callable[[], None]) -> None:
        self._slots, self._completed = slots, completed
        self.calls_max = slots.calls_max
        self.granted = slots.enter(action=action)

    def call_completed(self, exception: object) -> None:
        """Give the place back."""
        del exception
        self._completed()
        if self.granted:
            self._slots.leave()


class CallSlotFactory(fl.ServerMiddlewareFactory):  # type: ignore[misc]
    """
    Makes a `CallSlot` per call.

    Attributes:
        calls: Calls of this server under way.
    """

    def __init__(self, slots: CallSlots) -> None:
        super().__init__()
        self._slots = slots
        self._lock = Lock()
        self.calls = 0

    def start_call(
        self,
        info: fl.CallInfo,
        headers: Mapping[str, Sequence[str | bytes]],  # noqa: ARG002  (the signature is pyarrow's)
    ) -> CallSlot:
        """Take a place, if there is one."""
        self._count(1)
        is_action = info.method == fl.FlightMethod.DO_ACTION
        return CallSlot(self._slots, action=is_action, completed=lambda: self._count(-1))

    def _count(self, more: int) -> None:
        with self._lock:
            self.calls += more
