"""
The place of a Flight call, from its begin to its end.

Decided: a middleware takes it, before the handler, and gives it back when gRPC has ended the call,
its stream included. No handler sees both ends of a stream.
"""

from collections.abc import Mapping, Sequence

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
