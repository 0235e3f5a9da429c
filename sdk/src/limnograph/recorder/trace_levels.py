"""An open trace span as a level of nesting, in Python; that in C behaves the same."""

from typing import TYPE_CHECKING, Any

from limnograph.recorder.open_spans import Level, numbers, put_row
from limnograph.recorder.state import LOCAL, STATE, ticks
from limnograph.recorder.traces import TraceContext

if TYPE_CHECKING:
    from limnograph.recorder.spans import Span


class TraceLevel(Level):
    """
    An open trace span: what begins and is recorded inside is part of it.

    Args:
        span: What it is recorded as, should nobody say otherwise.
        place: The trace, and itself.
        parent_span_id: Its parent in the trace; "" without one.
    """

    __slots__ = ("_above", "_begin", "_thread", "_variable")

    def __init__(self, span: "Span", place: TraceContext, parent_span_id: str) -> None:
        del span, parent_span_id  # for whoever recovers after a crash, which is not us
        super().__init__()
        self._above = self.id
        self.depth += 1
        self.id = next(numbers)
        self.root = self.root or self.id
        self.trace, self.traced = place, True
        try:
            self._thread: int = LOCAL.number
        except AttributeError:
            self._thread = STATE.enter_thread().number
        self._variable = STATE.current
        STATE.traces = True
        STATE.current.set(self)
        self._begin = ticks()

    def finish(self, span: "Span", status: int, properties: dict[str, Any], /) -> None:
        """
        Make the outer level current again, and record the time since it began, once.

        Args:
            span: What it is recorded as.
            status: UNSET, OK or ERROR.
            properties: Settled values, owned by the event from now on.
        """
        now = ticks()
        if self.ended or STATE.current is not self._variable:  # the parent's, in a forked child
            return
        self.leave()
        if STATE.active:
            row = (self._begin, now, self.id, self._above, self._thread, span, status, properties)
            put_row("traces", row)
