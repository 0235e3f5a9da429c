"""
Spans: named stretches of time, nested by context, recorded when they end.

The current span lives in a context variable, so threads and asyncio tasks nest on their own; a
task's first span has as parent the span that was current where the task was created. Ends may come
out of order (a generator is closed late): an end is matched by its site, not by the stack alone.
"""

from collections.abc import Callable
from contextlib import aclosing
from functools import partial, wraps
from itertools import count
from sys import _getframe
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from limnograph.limits import OPEN_SPANS_MAX, SITES_MAX
from limnograph.recorder.sites import named
from limnograph.recorder.state import CURRENT, LOCAL, STATE, ticks
from limnograph.recorder.texts import freeze, text_of

OK, FAILED = 1, 2

_F = TypeVar("_F", bound=Callable[..., Any])
_CO_GENERATOR, _CO_COROUTINE, _CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200
_ids = count(1)


class OpenSpan:
    """
    One stretch of time that has begun.

    Attributes:
        id: Unique in the process, from 1; 0 when nothing is recorded.
        opener: The Span or SpanUse whose ``with`` it is; an end looks for it.
        outer: The span to be current again afterwards; ``skipped`` when this one ended while it
            was not current, so that its inner span must pass it over.
    """

    __slots__ = (
        "begin", "depth", "ended", "failed", "home", "id", "opener", "outer", "parent",
        "properties", "site", "skipped",
    )  # fmt: skip

    def __init__(self, site: "Span", opener: object, properties: dict[str, Any] | None) -> None:
        outer = CURRENT.get()
        self.site, self.opener, self.properties, self.outer = site, opener, properties, outer
        self.ended = self.failed = self.skipped = False
        self.id = next(_ids)
        self.parent: int = 0 if outer is None else outer.id
        self.depth: int = 0 if outer is None else outer.depth + 1
        try:
            self.home: dict[int, OpenSpan] = LOCAL.open
        except AttributeError:
            self.home = STATE.enter_thread().open
        if len(self.home) < OPEN_SPANS_MAX:
            self.home[self.id] = self
        CURRENT.set(self)
        self.begin = ticks()

    def set(self, /, **properties: object) -> None:
        """Add properties; they are recorded when the span ends."""
        if self.id == 0:
            return
        freeze(properties)
        self.properties = {**(self.properties or {}), **properties}

    def rename(self, site: "Span", /) -> None:
        """Let the span be one of *site*: its name is known only now (the route of a request)."""
        if self.id and isinstance(site, Span):
            self.site = site

    def fail(self) -> None:
        """Mark the span as failed although no exception will leave it (an answer of 500)."""
        self.failed = True

    def end(self, failure: BaseException | None) -> None:
        """Record the span as over now, failed by *failure* if there is one."""
        now = ticks()
        if self.ended:
            return
        self.ended = True
        self.home.pop(self.id, None)
        if CURRENT.get() is self:
            outer = self.outer
            while outer is not None and outer.skipped:
                outer = outer.outer
            CURRENT.set(outer)
            self.outer = None
        else:
            self.skipped = True
        if not STATE.active:
            return
        try:
            buffer = LOCAL.spans
        except AttributeError:
            buffer = STATE.enter_thread().spans
        if len(buffer) >= buffer.limit and not buffer.admit():
            return
        status, properties = FAILED if self.failed else OK, self.properties
        if failure is not None and not isinstance(failure, GeneratorExit):
            status = FAILED
            properties = dict(properties) if properties else {}
            properties["exception.type"] = type(failure).__qualname__
            properties["exception.message"] = text_of(failure)
        if properties and not buffer.weigh(freeze(properties)):
            return
        buffer.append(
            (self.begin, now, self.id, self.parent, self.depth, self.site, status, properties)
        )


class _Inert(OpenSpan):
    """What ``with`` yields while nothing is recorded."""

    __slots__ = ()

    def __init__(self) -> None:
        self.id = 0
        self.failed = False

    def end(self, failure: BaseException | None) -> None:
        """Record nothing."""


_INERT = _Inert()


class SpanUse:
    """One use of a span with properties of its own: a context manager or a decorator."""

    __slots__ = ("_properties", "_site")

    def __init__(self, site: "Span", properties: dict[str, Any]) -> None:
        self._site, self._properties = site, properties

    def __enter__(self) -> OpenSpan:
        return _begin(self._site, self, self._properties)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _end_opened_by(self, failure)

    def __call__(self, function: _F) -> _F:
        """Return *function* with a span, with these properties, round each call."""
        return cast("_F", _decorated(function, self._site, self._properties))


class Span:
    """
    A named stretch of the program; make it once, at module level.

    ``with SPAN:`` and ``with SPAN(order_id=7) as open_span:`` record the time between; ``@SPAN``
    records each call of a function, async function or generator. An exception marks the span as
    failed, keeps its type and message as properties, and goes on its way.
    """

    __slots__ = ("file", "line", "name", "owner", "target", "unit")

    def __init__(self, name: str, target: str, file: str, line: int) -> None:
        self.name, self.target, self.file, self.line, self.unit = name, target, file, line, ""
        self.owner: object = None

    def __enter__(self) -> OpenSpan:
        return _begin(self, self, None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        opened = CURRENT.get()
        if opened is not None and opened.opener is self and not opened.ended:
            _end(opened, failure)
        else:
            _end_opened_by(self, failure)

    @overload
    def __call__(self, function: _F, /) -> _F: ...
    @overload
    def __call__(self, /, **properties: object) -> SpanUse: ...
    def __call__(self, function: _F | None = None, /, **properties: object) -> _F | SpanUse:
        """Decorate *function*, or return a use of this span with *properties*."""
        if function is not None:
            return cast("_F", _decorated(function, self, None))
        return SpanUse(self, properties)


def _begin(site: Span, opener: object, properties: dict[str, Any] | None) -> OpenSpan:
    if not STATE.active:
        return _INERT
    try:
        if properties:
            properties = dict(properties)
            freeze(properties)
        return OpenSpan(site, opener, properties)
    except Exception:
        STATE.failures += 1
        return _INERT


def _end(opened: OpenSpan, failure: BaseException | None) -> None:
    try:
        opened.end(failure)
    except Exception:
        STATE.failures += 1


def _end_opened_by(opener: object, failure: BaseException | None) -> None:
    """
    End the innermost span of this context that *opener* began.

    When the context has none (an async generator is closed by another task), it is the only one
    of this thread; of several, none is ended rather than a wrong one.
    """
    opened = CURRENT.get()
    while opened is not None:
        if opened.opener is opener and not opened.ended:
            _end(opened, failure)
            return
        opened = opened.outer
    elsewhere = [one for one in list(getattr(LOCAL, "open", {}).values()) if one.opener is opener]
    if len(elsewhere) == 1:
        _end(elsewhere[0], failure)


def _decorated(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    if isinstance(function, classmethod | staticmethod):
        return type(function)(_decorated(function.__func__, site, properties))
    if isinstance(function, type) or not callable(function):
        return function
    inner = function
    while isinstance(inner, partial):
        inner = inner.func
    flags = getattr(getattr(inner, "__code__", None), "co_flags", 0)
    if flags & _CO_COROUTINE:
        call = _coroutine_call(function, site, properties)
    elif flags & _CO_ASYNC_GENERATOR:
        call = _async_generator_call(function, site, properties)
    elif flags & _CO_GENERATOR:
        call = _generator_call(function, site, properties)
    else:
        call = _plain_call(function, site, properties)
    return wraps(function)(call)


def _plain_call(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        opened = _begin(site, None, properties)
        try:
            result = function(*args, **kwargs)
        except BaseException as exc:
            _end(opened, exc)
            raise
        _end(opened, None)
        return result

    return call


def _coroutine_call(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    async def call(*args: Any, **kwargs: Any) -> Any:
        opened = _begin(site, None, properties)
        try:
            result = await function(*args, **kwargs)
        except BaseException as exc:
            _end(opened, exc)
            raise
        _end(opened, None)
        return result

    return call


def _generator_call(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        opened = _begin(site, None, properties)
        try:
            result = yield from function(*args, **kwargs)
        except BaseException as exc:
            _end(opened, exc)
            raise
        _end(opened, None)
        return result

    return call


def _async_generator_call(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    async def call(*args: Any, **kwargs: Any) -> Any:
        opened = _begin(site, None, properties)
        try:
            async with aclosing(function(*args, **kwargs)) as values:
                async for value in values:
                    yield value
        except BaseException as exc:
            _end(opened, exc)
            raise
        _end(opened, None)

    return call


_SPANS: dict[tuple[str, int, int], Span] = {}


def span(name: str) -> Span:
    """
    Return the span *name*.

    Calls from one place with one name return one object.
    """
    frame = _getframe(1)
    key = (name, id(frame.f_code), frame.f_lasti)
    try:
        known = _SPANS.get(key)
    except TypeError:
        return span(text_of(name))
    if known is None:
        known = Span(*named(frame, name))
        known.owner = frame.f_code
        if len(_SPANS) < SITES_MAX:
            _SPANS[key] = known
    return known
