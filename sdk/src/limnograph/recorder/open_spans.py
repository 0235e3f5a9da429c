"""
Spans that have begun: their nesting, and what becomes of it when they end.

The current span lives in a context variable, so threads and asyncio tasks nest on their own; a
task's first span has as parent the span that was current where the task was created. Ends may come
out of order (a generator is closed late): each span knows the one outside it, and one that ended
while it was not current is passed over when its inner span ends.
"""

from itertools import count
from types import CodeType
from typing import TYPE_CHECKING, Any

from limnograph.limits import OPEN_SPANS_MAX
from limnograph.recorder import traces
from limnograph.recorder.state import LOCAL, STATE, Buffer, ticks
from limnograph.recorder.texts import freeze, text_of
from limnograph.recorder.trace_rows import LOG_SPAN_ID, LOG_TRACE_ID
from limnograph.recorder.traces import TraceContext

if TYPE_CHECKING:
    from limnograph.recorder.spans import Span

OK, FAILED = 1, 2
COROUTINE = 0x80
"""Beside the status of a span that a coroutine or an asynchronous generator ran."""

_COROUTINES = 0x80 | 0x100 | 0x200
"""Flags of the code of coroutines and asynchronous generators, as ``inspect`` has them."""

numbers = count(1)
"""The ids of spans, unique in the process."""


class Level:
    """
    One level of nesting: an open span, or the trace of another process.

    Attributes:
        id: The span that what begins now has as parent; 0: none.
        root: The outermost span of this chain; 0: none.
        trace: The innermost place in a trace that is known.
        traced: Whether that is a trace span of this process.
        remote: Whether the parent of what begins now is in another process.
        outer: The level to be current again afterwards; ``skipped`` when this one ended while it
            was not current (or elsewhere), so that whoever comes to it must pass it over. One that
            ended while it was current may still be so in a copied context: a task whose creator's
            span is over. It stays the parent there.
    """

    __slots__ = (
        "depth", "ended", "id", "outer", "remote", "root", "skipped", "trace", "traced",
    )  # fmt: skip

    def __init__(self) -> None:
        self.outer = outer = _passing_over(STATE.current.get())
        self.ended = self.skipped = self.remote = self.traced = False
        if outer is None:
            self.id = self.root = 0
            self.depth = -1
            self.trace: TraceContext | None = None
        else:
            self.id, self.root, self.depth = outer.id, outer.root, outer.depth
            self.trace, self.traced = outer.trace, outer.traced

    def leave(self) -> None:
        """Make the outer level current again, now or when the inner ones have ended."""
        self.ended = True
        if STATE.current.get() is not self:
            self.skipped = True
            return
        STATE.current.set(_passing_over(self.outer))
        self.outer = None

    def step_out(self) -> None:
        """Make the outer level current while this one is suspended; it has to be current."""
        outer, self.outer = self.outer, None
        STATE.current.set(_passing_over(outer))

    def step_in(self) -> None:
        """Become current again, inside whatever is current now; parent and depth stay."""
        self.outer = _passing_over(STATE.current.get())
        STATE.current.set(self)


def _passing_over(level: Level | None) -> Level | None:
    while level is not None and level.skipped:
        level = level.outer
    return level


class Remote(Level):
    """The trace of another process: spans that begin directly in it have their parent there."""

    __slots__ = ()

    def __init__(self, trace: TraceContext) -> None:
        super().__init__()
        self.trace, self.remote, self.traced = trace, True, False
        STATE.traces = True
        STATE.current.set(self)


class OpenSpan(Level):
    """
    One stretch of time that has begun.

    Attributes:
        id: Unique in the process, from 1; 0 when nothing is recorded.
        span: Which Span it is a use of; ``site`` is what it is recorded as.
        opener: The Span or SpanUse whose ``with`` it is; an end looks for it.
    """

    __slots__ = ("begin", "failed", "home", "opener", "parent", "properties", "site", "span")

    def __init__(self, site: "Span", opener: object, properties: dict[str, Any] | None) -> None:
        super().__init__()
        self.span, self.site, self.opener, self.properties = site, site, opener, properties
        self.failed = False
        self.parent = self.id
        self.depth += 1
        self.id = next(numbers)
        self.root = self.root or self.id
        if self.trace is not None and self.outer is not None and self.outer.remote:
            self.set(**traces.remote_properties(self.trace, self.id))
        try:
            self.home: dict[int, OpenSpan] = LOCAL.open
        except AttributeError:
            self.home = STATE.enter_thread().open
        if len(self.home) < OPEN_SPANS_MAX:
            self.home[self.id] = self
        STATE.current.set(self)
        self.begin = ticks()

    @property
    def trace_id(self) -> str:
        """The W3C id of the trace that the span is part of; the span records it when asked."""
        found = self._trace_id()
        self._keep_ids(found)
        return found

    @property
    def span_id(self) -> str:
        """The W3C id of the span; the span records it when asked."""
        self._keep_ids(self._trace_id())
        return traces.span_id(self.id)

    def _trace_id(self) -> str:
        return traces.trace_id(self.root) if self.trace is None else self.trace.trace_id

    def _keep_ids(self, trace_id: str) -> None:
        if not self.ended and "trace_id" not in (self.properties or ()):
            self.set(trace_id=trace_id, span_id=traces.span_id(self.id))

    def set(self, /, **properties: object) -> None:
        """Add properties; they are recorded when the span ends."""
        if self.id == 0 or self.ended:
            return
        freeze(properties)
        self.properties = {**(self.properties or {}), **properties}

    def rename(self, site: "Span", /) -> None:
        """Let the span be one of *site*: its name is known only now (the route of a request)."""
        if self.id and isinstance(site, type(self.span)):
            self.site = site

    def fail(self) -> None:
        """Mark the span as failed although no exception will leave it (an answer of 500)."""
        self.failed = True

    def end(self, failure: BaseException | None, *, coroutine: bool) -> None:
        """
        Record the span as over now, failed by *failure* if there is one.

        It is no more listed as open only when it is recorded: a flush meanwhile finds it.
        """
        now = ticks()
        if self.ended:
            return
        self.leave()
        self.opener = None  # which may know this one as its last
        try:
            self._record(now, failure, coroutine=coroutine)
        finally:
            self.home.pop(self.id, None)

    def _record(self, now: int, failure: BaseException | None, *, coroutine: bool) -> None:
        if not STATE.active or now - self.begin < self.site.shortest_ns:
            return
        status, properties = FAILED if self.failed else OK, self.properties
        if failure is not None and not isinstance(failure, GeneratorExit):
            status = FAILED
            properties = dict(properties) if properties else {}
            properties["exception.type"] = type(failure).__qualname__
            properties["exception.message"] = text_of(failure)
        if coroutine:
            status |= COROUTINE
        row = (self.begin, now, self.id, self.parent, self.depth, self.site, status, properties)
        put_row("spans", row)


class Inert(OpenSpan):
    """What stands for a span while nothing is recorded."""

    __slots__ = ()

    def __init__(self) -> None:
        self.id = self.root = 0
        self.trace, self.ended, self.properties, self.failed = None, True, None, False

    def fail(self) -> None:
        """Mark nothing."""

    def end(self, failure: BaseException | None, *, coroutine: bool) -> None:
        """Record nothing."""


INERT = Inert()


def is_coroutine(code: CodeType) -> bool:
    """Return whether the code is a coroutine's or an asynchronous generator's."""
    return bool(code.co_flags & _COROUTINES)


def put_row(kind: str, row: tuple[Any, ...]) -> None:
    """Record a span that is over, of ``spans`` or ``traces``: what ``drain`` takes."""
    try:
        buffer: Buffer = getattr(LOCAL, kind)
    except AttributeError:
        buffer = getattr(STATE.enter_thread(), kind)
    if len(buffer) >= buffer.limit and not buffer.admit():
        return
    properties = row[-1]
    if properties and not buffer.weigh(freeze(properties)):
        return
    buffer.append(row)


def placed(properties: dict[str, Any] | None) -> tuple[int, dict[str, Any] | None]:
    """Return the current span's id (0: none), and what an event in a trace has as properties."""
    level = _passing_over(STATE.current.get())
    if level is None:
        return 0, properties or None
    place = level.trace
    if place is not None and traces.are_ids(place):
        ids = {LOG_TRACE_ID: place.trace_id, LOG_SPAN_ID: place.span_id}
        properties = {**ids, **properties} if properties else ids
    return level.id, properties or None


def current_span() -> tuple[int, int]:
    """Return id and depth of the span that the running thread or task is in; (0, -1): none."""
    level = _passing_over(STATE.current.get())
    return (0, -1) if level is None else (level.id, level.depth)


def current_trace() -> TraceContext | None:
    """Return where the running thread or task stands in its trace; a span then records its ids."""
    level: Any = _passing_over(STATE.current.get())
    if level is None or level.remote or level.traced:
        return None if level is None else level.trace
    found: TraceContext | None = level.trace
    if found is None:
        return TraceContext(level.trace_id, level.span_id)
    return found._replace(span_id=level.span_id)


def trace_place() -> TraceContext | None:
    """Return the innermost place in a trace that is known; None outside of a trace."""
    level: Any = _passing_over(STATE.current.get())
    if level is not None and level.trace is not None:
        place: TraceContext = level.trace
        return place
    while level is not None:  # a profile span that somebody has asked for its ids
        known = None if level.ended else level.properties
        if known and "trace_id" in known:
            return TraceContext(known["trace_id"], known["span_id"])
        level = level.outer
    return None


def innermost(site: "Span") -> OpenSpan:
    """Return the innermost open use of *site* in the current context."""
    level: Any = STATE.current.get()
    while level is not None:
        if getattr(level, "span", None) is site and not level.ended:
            found: OpenSpan = level
            return found
        level = level.outer
    return INERT


def opened_by(opener: object) -> OpenSpan:
    """
    Return the innermost open span of this context that *opener* began.

    When the context has none (an async generator is closed by another task), it is the only one
    of this thread; of several, none is ended rather than a wrong one.
    """
    level: Any = STATE.current.get()
    while level is not None:
        if getattr(level, "opener", None) is opener and not level.ended:
            found: OpenSpan = level
            return found
        level = level.outer
    elsewhere = [one for one in list(getattr(LOCAL, "open", {}).values()) if one.opener is opener]
    return elsewhere[0] if len(elsewhere) == 1 else INERT
