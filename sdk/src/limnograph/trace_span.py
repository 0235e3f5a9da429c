"""
Trace spans: what a request did, across processes, each findable by its trace.

    parent = propagation.extract(headers)
    with limnograph.trace("GET /cart", kind="server", parent=parent) as current:
        current.set(items=3)

They are rows of ``otel_spans``. A profile span (``limnograph.span``) costs nanoseconds and says
where the time of a thread went; a trace span has the ids of W3C trace context, attributes, events
and links, and costs microseconds: one for a request, a job, a call to another service.

Rule: nothing here raises. While nothing is recorded a trace span does nothing.
"""

import os
from collections.abc import Callable, Iterable
from random import Random
from sys import _getframe
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, cast, overload

from limnograph import recorder
from limnograph.limits import NAME_CHARS_MAX, SITES_MAX, TRACE_STACK_CHARS_MAX
from limnograph.recorder import Span, TraceLevel
from limnograph.recorder.decorating import decorated
from limnograph.recorder.texts import freeze, text_of
from limnograph.recorder.trace_rows import (
    ERROR,
    EVENTS,
    LINKS,
    OK,
    PARENT_SPAN_ID,
    SPAN_ID,
    STATUS_MESSAGE,
    TRACE_ID,
    UNSET,
)
from limnograph.recorder.traces import TraceContext, are_ids
from limnograph.trace_parts import Event, Link, attributes_of, events_text, links_text

Kind = Literal["internal", "server", "client", "producer", "consumer"]
_KINDS = frozenset({"internal", "server", "client", "producer", "consumer"})
_F = TypeVar("_F", bound=Callable[..., Any])

_IDS = Random()  # noqa: S311 - ids have to differ, not to be secret
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_IDS.seed)


class Place(TraceContext):
    """
    Where an open trace span stands.

    Attributes:
        foreign: The span of another tracing library that was current when it began.
    """

    foreign: str = ""


class Foreign:
    """What another tracing library has to say; its integration puts it here."""

    current: Callable[[], TraceContext | None] | None = None


def surrounding() -> TraceContext | None:
    """
    Return the place that a trace span which begins now is in: ours, or another library's.

    A span of the other library that was current when ours began is outside of it, any other one is
    inside.
    """
    place: TraceContext | None = recorder.trace_place()
    ask = Foreign.current
    outside = None if ask is None else ask()
    if outside is None or (place is not None and _known(place) == outside.span_id):
        return place
    return outside


def _valid(place: TraceContext | None) -> TraceContext | None:
    """Return a place whose ids can be recorded: those of B3 or of a typing error cannot."""
    return place if place is not None and are_ids(place) else None


def _known(place: TraceContext) -> str:
    return getattr(place, "foreign", "")


class TraceSpan:
    """
    One trace span: a context manager, sync and async, and a decorator of functions of every kind.

    What ``with`` gives is the span, whose ``set``, ``event``, ``fail``, ``ok``, ``rename`` change
    it until it ends. Used again, it is another span with the same name and attributes.

    Attributes:
        context: Its place in the trace, for ``propagation`` and links; None before it has begun and
            while nothing is recorded.
        id: Its number in the process: the ``parent`` of the profile spans directly inside.
    """

    __slots__ = (
        "_again", "_attributes", "_began", "_events", "_given", "_kind", "_level", "_links",
        "_message", "_name", "_parent", "_parent_id", "_site", "_status", "_target", "_told_of",
        "_unused", "context",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - on the way of each request: no keywords
        self,
        name: str,
        kind: str,
        target: str,
        parent: TraceContext | None,
        links: Iterable[Link],
        attributes: dict[str, Any],
    ) -> None:
        self._name, self._kind, self._target, self._parent = name, kind, target, parent
        self._links, self._given = links, attributes
        self._attributes = attributes
        self._events: list[Event] | None = None
        self._status, self._message = UNSET, ""
        self._level: TraceLevel | None = None
        self._began = 0
        self._again: list[Self] = []
        self._unused = [True]
        self._told_of: BaseException | None = None
        self.context: TraceContext | None = None

    @property
    def id(self) -> int:
        """Its number in the process; 0 while it has not begun."""
        return 0 if self._level is None else self._level.id

    @property
    def trace_id(self) -> str:
        """The trace, 32 hex digits; "" while it has not begun."""
        return "" if self.context is None else self.context.trace_id

    @property
    def span_id(self) -> str:
        """The span, 16 hex digits; "" while it has not begun."""
        return "" if self.context is None else self.context.span_id

    def set(self, /, **attributes: object) -> None:
        """Add attributes; sequences and mappings become JSON."""
        self._attributes = {**self._attributes, **_kept(attributes)}

    def rename(self, name: str, /) -> None:
        """Give it the name that is known only now: the route of a request."""
        self._name = name if type(name) is str else text_of(name)

    def event(self, name: str, /, **attributes: object) -> None:
        """Note that something happened now."""
        if self._level is not None:
            after_ns = recorder.ticks() - self._began
            self._note(Event(after_ns, text_of(name), _kept(attributes)))

    def ok(self) -> None:
        """Say that it went well: an exception that leaves it is an event, but no error."""
        self._status, self._message = OK, ""

    def fail(self, reason: object = "", /) -> None:
        """Mark it as failed, by an exception (which becomes an event) or by a text."""
        if isinstance(reason, BaseException):
            self._keep(reason)
        self._status, self._message = ERROR, _message(reason)

    def __enter__(self) -> Self:
        try:
            self._unused.pop()  # by one thread, whoever else enters it at that moment
        except IndexError:
            again = self._fresh()
            self._again.append(again)
            return again.__enter__()
        if recorder.is_active():
            try:
                self._begin()
            except Exception:
                recorder.count_failure()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            use = self._used_here() if self._again else self
            if use.id:
                use._end(failure)  # noqa: SLF001 - a use of this one
        except Exception:
            recorder.count_failure()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, failure, trace)

    def __call__(self, function: _F) -> _F:
        """Return *function* with such a span round each call, to its end."""
        return cast("_F", decorated(function, self._fresh, self._plain))

    def _fresh(self) -> Self:
        return type(self)(
            self._name, self._kind, self._target, self._parent, self._links, self._given
        )

    def _plain(self, function: Any) -> Any:
        from functools import wraps

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return function(*args, **kwargs)

        return call

    def _used_here(self) -> Self:
        """Return the use that ends: tasks and threads that share it end each their own."""
        place = recorder.trace_place()
        for use in (*reversed(self._again), self):
            if use.id and use.context is place:
                if use is not self:
                    self._again.remove(use)
                return use
        return self._again.pop()

    def _begin(self) -> None:
        parent = _valid(self._parent) or _valid(surrounding())
        span_id = f"{_IDS.getrandbits(64) or 1:016x}"
        if parent is None:
            place = Place(f"{_IDS.getrandbits(128) or 1:032x}", span_id)
            self._parent_id = ""
        else:
            place = Place(parent.trace_id, span_id, parent.sampled, parent.state)
            self._parent_id = parent.span_id
        ask = Foreign.current
        outside = None if ask is None else ask()
        if outside is not None:
            place.foreign = outside.span_id
        self._site = _site(self._name, self._kind, self._target)
        self._level = TraceLevel(self._site, place, self._parent_id)
        self._began = recorder.ticks()  # after its begin: no event is later than its end
        self.context = place

    def _end(self, failure: BaseException | None) -> None:
        level, place = self._level, self.context
        assert level is not None, "who calls has looked"
        assert place is not None, "it has begun"
        own = {TRACE_ID: place.trace_id, SPAN_ID: place.span_id}
        if self._parent_id:
            own[PARENT_SPAN_ID] = self._parent_id
        site, properties = self._site, own
        try:
            site, properties = self._told(dict(own), failure)
        finally:
            # Whatever could not be told: a level that stays open would be everybody's parent.
            self._level = self._told_of = None
            level.finish(site, self._status, properties)

    def _told(
        self, own: dict[str, Any], failure: BaseException | None
    ) -> tuple[Span, dict[str, Any]]:
        """Return what it is recorded as, and its properties behind its *own* ids."""
        if failure is not None and not isinstance(failure, GeneratorExit):
            if self._status == UNSET:
                self._status = ERROR
                self._message = _message(failure)
            self._keep(failure)
        if self._message:
            own[STATUS_MESSAGE] = self._message
        if self._events:
            own[EVENTS] = events_text(self._events)
        if self._links:
            own[LINKS] = links_text(self._links)
        site = self._site
        if self._name != site.name:
            site = _site(self._name, self._kind, self._target)
        return site, {**own, **self._attributes, **own}

    def _keep(self, failure: BaseException) -> None:
        """Note an exception as an event, once: ``fail`` may have told of what leaves the span."""
        if self._level is not None and failure is not self._told_of:
            self._told_of = failure
            from limnograph.integrations.exceptions import exception_properties

            parts = exception_properties(failure).items()
            found = {key: text[-TRACE_STACK_CHARS_MAX:] for key, text in parts}
            self._note(Event(recorder.ticks() - self._began, "exception", found))

    def _note(self, event: Event) -> None:
        if self._events is None:
            self._events = []
        self._events.append(event)


@overload
def trace(
    name: str,
    /,
    *,
    kind: Kind = "internal",
    parent: TraceContext | None = None,
    links: Iterable[Link] = (),
    **attributes: object,
) -> TraceSpan: ...
@overload
def trace(name: _F, /) -> _F: ...
def trace(
    name: str | _F,
    /,
    *,
    kind: Kind = "internal",
    parent: TraceContext | None = None,
    links: Iterable[Link] = (),
    **attributes: object,
) -> TraceSpan | _F:
    """
    Return a trace span.

        with trace("GET /cart", kind="server", user=7) as current: ...
        async with trace("charge card"): ...
        @trace("nightly report")

    Args:
        name: What is done, of few values: attributes say with what. A function: the decorator
            ``@trace`` itself, named as the function.
        kind: ``internal``, ``server``, ``client``, ``producer`` or ``consumer``.
        parent: What ``propagation.extract`` returned; None: the span that is current.
        links: Places (``current.context``) of spans that it is related to, or pairs of such a place
            and attributes.
        **attributes: Of the span.
    """
    target = _caller()
    known = kind if kind in _KINDS else "internal"
    place = parent if isinstance(parent, TraceContext) else None
    kept = _kept(attributes)
    if callable(name) or isinstance(name, classmethod | staticmethod):
        function = getattr(name, "__func__", name)
        text = text_of(getattr(function, "__qualname__", None) or type(function).__qualname__)
        return TraceSpan(text, known, target, place, links, kept)(name)
    text = name if isinstance(name, str) else text_of(name)
    return TraceSpan(text, known, target, place, links, kept)


def _caller() -> str:
    try:
        return str(_getframe(2).f_globals.get("__name__", ""))
    except ValueError:
        return ""


_SITES: dict[tuple[str, str, str], Span] = {}


def _site(name: str, kind: str, target: str) -> Span:
    """Return what spans of that name are recorded as; a site's unit is their kind."""
    key = (name, kind, target)
    known = _SITES.get(key)
    if known is None:
        known = Span(name[:NAME_CHARS_MAX], kind, target[:NAME_CHARS_MAX], "", 0)
        if len(_SITES) < SITES_MAX:
            _SITES[key] = known
    return known


def _kept(attributes: dict[str, Any]) -> dict[str, Any]:
    if attributes:
        try:
            attributes = attributes_of(attributes)
            freeze(attributes)
        except Exception:
            recorder.count_failure()
            return {}
    return attributes


def _message(reason: object) -> str:
    if isinstance(reason, BaseException):
        return f"{type(reason).__qualname__}: {text_of(reason)}"
    return text_of(reason)
