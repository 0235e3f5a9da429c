"""
The recorder's memory: one set of buffers per thread, under one budget.

Rule: the recording thread takes no lock except once per grant. A buffer is one list for life: only
its thread appends, only the drainer cuts the front off, and both are single operations of the
interpreter, so nothing is lost between them. ``len(buffer)`` may pass ``limit`` by one while a
drain withdraws unused room; the budget is exact again at the next grant.
"""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from limnograph.limits import EVENTS_GRANT, TEXT_BYTES_GRANT, Limits
from limnograph.recorder.block import Source
from limnograph.recorder.urgency import forget

if TYPE_CHECKING:
    from limnograph.recorder.open_spans import Level, OpenSpan

TICKS_PER_SECOND = 1_000_000_000

ticks = time.perf_counter_ns


def _current() -> "ContextVar[Level | None]":
    return ContextVar("limnograph_span", default=None)


LOCAL = threading.local()
"""
``log``, ``metrics``, ``spans``, ``traces`` (Buffer), ``open`` (dict), ``number`` of the running
thread.
"""


_THREADS = count(1)
"""Numbers of threads, from which the ids of their streams are derived."""


class Buffer(list[Any]):
    """
    The events of one thread and kind, oldest first.

    Attributes:
        limit: Events that fit before more room must be asked for.
        text: Characters recorded since the start, ``text_limit`` how far they may go,
            ``text_base`` how far they were at the last drain.
        dropped: Events dropped since the start, ``reported`` how many of them a batch has told.
    """

    __slots__ = ("dropped", "limit", "reported", "text", "text_base", "text_limit")

    def __init__(self) -> None:
        super().__init__()
        self.limit = self.dropped = self.reported = 0
        self.text = self.text_base = self.text_limit = 0

    def admit(self) -> bool:
        """Ask for room for more events; without it the event is counted as dropped."""
        if STATE.full or not STATE.grant_events(self):
            self.dropped += 1
            return False
        return True

    def close_room(self) -> None:
        """Take away all room, so that the next event asks for some; what is queued stays."""
        self.limit = len(self)
        self.text_base = self.text_limit = self.text
        self.reported = self.dropped

    def weigh(self, size: int) -> bool:
        """Account for *size* characters; without room the event is counted as dropped."""
        self.text += size
        if self.text <= self.text_limit or STATE.grant_text(self):
            return True
        self.text -= size
        self.dropped += 1
        return False


def own(buffer: Buffer, now: Buffer) -> Buffer:
    """
    Return the buffer to put an event into whose values were made into texts since *buffer* was got.

    Making a text may run any code, a fork among it: *now* is the thread's buffer then, of a child.
    """
    if now is not buffer:
        now.admit()
    return now


class ThreadState:
    """The buffers of one thread; ``ended`` when the thread is gone."""

    __slots__ = (
        "ended", "log", "metrics", "number", "open", "source", "spans", "thread", "thread_id",
        "traces",
    )  # fmt: skip

    def __init__(self) -> None:
        self.log, self.metrics, self.spans, self.traces = Buffer(), Buffer(), Buffer(), Buffer()
        self.number = next(_THREADS)
        self.open: dict[int, OpenSpan] = {}
        self.thread, self.thread_id = threading.current_thread(), threading.get_native_id()
        self.source = Source("spans", self.thread_id, self.thread, self.number)
        self.ended = False


class _Farewell:
    """Lives in the thread's locals, so that it is deleted when the thread ends."""

    __slots__ = ("state",)

    def __init__(self, state: ThreadState) -> None:
        self.state = state

    def __del__(self) -> None:
        self.state.ended = True


def _nothing(_urgent: bool) -> None:
    return


class State:
    """
    The whole recorder: its switch, its threads and its budget.

    Attributes:
        level: Most detailed log level that is kept, 1 (fatal) to 6 (trace); 0: none.
        current: The innermost open span of the running thread or asyncio task. A forked child
            has another variable, so that no context of the parent reaches into it.
        aggregates: The counters and gauges of the process; only its owner module knows them.
        aggregating: Whether one of them has changed since the start.
        traces: Whether a trace was current somewhere once: metrics have to look then.
    """

    def __init__(self) -> None:
        self.active = self.aggregating = self.traces = False
        self.aggregates: list[Any] = []
        self.level = 0
        self.current = _current()
        self.lock = threading.RLock()
        self.limits = Limits()
        self.on_grant: Callable[[bool], None] = _nothing
        self.threads: list[ThreadState] = []
        self.log_source, self.metrics_source = Source("log"), Source("metrics")
        self.traces_source = Source("traces")
        self.dropped = {"log": 0, "metrics": 0, "spans": 0, "traces": 0}
        self.full = False
        self.events_granted = self.text_granted = 0
        self.failures = 0

    def enter_thread(self) -> ThreadState:
        """Give the running thread its buffers; they have no room yet."""
        state = ThreadState()
        LOCAL.log, LOCAL.metrics, LOCAL.spans = state.log, state.metrics, state.spans
        LOCAL.open, LOCAL.traces, LOCAL.number = state.open, state.traces, state.number
        LOCAL.farewell = _Farewell(state)
        with self.lock:
            self.threads.append(state)
        return state

    def grant_events(self, buffer: Buffer) -> bool:
        """Give *buffer* room for more events, if the process's budget has any."""
        with self.lock:
            room = self.limits.events_queued_max - self.events_granted
            grant = min(EVENTS_GRANT, room)
            if grant > 0:
                buffer.limit += grant
                self.events_granted += grant
            self.full = room <= 0
            urgent = 2 * self.events_granted > self.limits.events_queued_max
        self.on_grant(urgent)
        return grant > 0

    def grant_text(self, buffer: Buffer) -> bool:
        """Give *buffer* room for the characters it has just added, and some more."""
        with self.lock:
            need = buffer.text - buffer.text_limit
            room = self.limits.text_bytes_queued_max - self.text_granted
            grant = min(max(need, TEXT_BYTES_GRANT), room)
            if grant >= need:
                buffer.text_limit += grant
                self.text_granted += grant
            urgent = 2 * self.text_granted > self.limits.text_bytes_queued_max
        if urgent:
            self.on_grant(urgent)
        return grant >= need

    def begin_aggregating(self) -> None:
        """Have the first change of a counter or gauge drained, though it records no event."""
        self.aggregating = True
        self.on_grant(False)

    def take(self, buffer: Buffer) -> list[Any]:
        """Return and remove what *buffer* holds now, and give its room back. Drainer only."""
        text = buffer.text
        count = len(buffer)
        events = buffer[:count]
        del buffer[:count]
        with self.lock:
            left = len(buffer)
            self.events_granted -= buffer.limit - left
            buffer.limit = left
            self.text_granted -= buffer.text_limit - buffer.text_base
            buffer.text_base = text
            buffer.text_limit = max(text, buffer.text)
            self.text_granted += buffer.text_limit - text
            self.full = False
        return events


STATE = State()


def start(
    level: int, limits: Limits, on_grant: Callable[[bool], None], _directory: str = ""
) -> None:
    """
    Begin to record.

    Args:
        level: Most detailed level to keep, 1 (fatal) to 6 (trace).
        limits: Bounds on what is queued.
        on_grant: See the package.
    """
    with STATE.lock:
        STATE.limits, STATE.on_grant = limits, on_grant
        STATE.full = False
        STATE.dropped = dict.fromkeys(STATE.dropped, 0)
        STATE.log_source, STATE.metrics_source = Source("log"), Source("metrics")
        STATE.traces_source = Source("traces")
        STATE.events_granted = STATE.text_granted = 0
        STATE.aggregating = False
        for state in STATE.threads:
            state.source = Source("spans", state.thread_id, state.thread, state.number)
            for buffer in (state.log, state.metrics, state.spans, state.traces):
                buffer.close_room()
                STATE.events_granted += buffer.limit
    STATE.active = True
    STATE.level = level


def set_level(level: int) -> None:
    """Keep logs up to *level* from now on, 1 (fatal) to 6 (trace)."""
    STATE.level = level if STATE.active else 0


def stop() -> None:
    """Record nothing more; what is recorded can still be drained."""
    STATE.level = 0
    STATE.active = False
    STATE.on_grant = _nothing


def after_fork() -> None:
    """Forget, in the child of a fork, everything that the parent recorded."""
    STATE.lock = threading.RLock()
    forget()
    mine = getattr(getattr(LOCAL, "farewell", None), "state", None)
    for state in STATE.threads:
        for span in list(state.open.values()):
            span.ended = True
    for aggregate in STATE.aggregates:
        aggregate.forget()
    STATE.current = _current()
    STATE.threads = []
    STATE.events_granted = STATE.text_granted = 0
    STATE.dropped = dict.fromkeys(STATE.dropped, 0)
    STATE.full = False
    if mine is not None:
        STATE.enter_thread()


def dropped() -> dict[str, int]:
    """Return how many events of each kind were dropped for want of room, up to the last drain."""
    return dict(STATE.dropped)


def failures() -> int:
    """Return how many events were lost to errors of the recorder itself."""
    return STATE.failures


def waiting() -> int:
    """Return how many events are recorded and not yet drained."""
    buffers = (
        (state.log, state.metrics, state.spans, state.traces) for state in list(STATE.threads)
    )
    return sum(map(len, chain.from_iterable(buffers)))


def threads() -> int:
    """Return how many threads have buffers; those that have ended do until the next drain."""
    return len(STATE.threads)
