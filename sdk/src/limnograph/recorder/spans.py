"""Spans: named stretches of time, nested by context, recorded when they end."""

from collections.abc import Callable
from functools import partial, wraps
from sys import _getframe
from types import TracebackType
from typing import Any, Self, TypeVar, cast, overload

from limnograph.recorder.decorating import decorated
from limnograph.recorder.finished_spans import FinishedSpans
from limnograph.recorder.open_spans import (
    INERT,
    OpenSpan,
    innermost,
    is_coroutine,
    numbers,
    opened_by,
    put_row,
)
from limnograph.recorder.sites import caller, made, made_for
from limnograph.recorder.state import STATE, ticks
from limnograph.recorder.texts import freeze

_F = TypeVar("_F", bound=Callable[..., Any])


class SpanUse:
    """One use of a span with properties of its own: a context manager or a decorator."""

    __slots__ = ("_again", "_opened", "_properties", "_site")

    def __init__(self, site: "Span", properties: dict[str, Any] | None) -> None:
        self._site, self._properties = site, properties
        self._opened: OpenSpan = INERT
        self._again = False

    def __enter__(self) -> OpenSpan:
        if not self._opened.ended:
            self._again = True
        self._opened = _begin(self._site, self, self._properties)
        return self._opened

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        coroutine = is_coroutine(_getframe(1).f_code)
        _end(opened_by(self) if self._again else self._opened, failure, coroutine=coroutine)

    def __call__(self, function: _F) -> _F:
        """Return *function* with a span, with these properties, round each call."""
        return cast("_F", _decorated(function, self._site, self._properties))


class Span:
    """
    A named stretch of the program; make it once, at module level.

    ``with SPAN:`` and ``with SPAN(order_id=7) as current:`` record the time between; ``@SPAN``
    records each call of a function, async function or generator. An exception marks the span as
    failed, keeps its type and message as properties, and goes on its way.

    ``with SPAN as current`` gives the span itself, whose ``set``, ``id``, ``trace_id`` and
    ``span_id`` are those of its innermost open use in the running thread or task. ``SPAN()`` gives
    a handle of one use, which stays with it wherever it is used.

    Attributes:
        shortest_ns: Uses that end sooner are not recorded.
    """

    __slots__ = ("file", "line", "name", "owner", "shortest_ns", "target", "unit")

    def __init__(self, name: str, unit: str, target: str, file: str, line: int) -> None:
        self.name, self.target, self.file, self.line, self.unit = name, target, file, line, unit
        self.owner: object = None
        self.shortest_ns = 0

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.name, self.unit, self.target, self.file, self.line))

    @property
    def id(self) -> int:
        """The number of the innermost open use in this context; 0 without one."""
        return innermost(self).id

    @property
    def trace_id(self) -> str:
        """The W3C trace id of the innermost open use; nothing without one."""
        return innermost(self).trace_id

    @property
    def span_id(self) -> str:
        """The W3C span id of the innermost open use; nothing without one."""
        return innermost(self).span_id

    def set(self, /, **properties: object) -> None:
        """Add properties to the innermost open use; they are recorded when it ends."""
        innermost(self).set(**properties)

    def rename(self, site: "Span", /) -> None:
        """Let the innermost open use be recorded as one of *site*."""
        innermost(self).rename(site)

    def fail(self) -> None:
        """Mark the innermost open use as failed although no exception will leave it."""
        innermost(self).fail()

    def __enter__(self) -> Self:
        _begin(self, self, None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _end(opened_by(self), failure, coroutine=is_coroutine(_getframe(1).f_code))

    @overload
    def __call__(self, function: _F, /) -> _F: ...
    @overload
    def __call__(self, /, **properties: object) -> SpanUse: ...
    def __call__(self, function: _F | None = None, /, **properties: object) -> _F | SpanUse:
        """Decorate *function*, or return a use of this span with *properties*."""
        if function is None:
            return SpanUse(self, _kept(properties))
        return cast("_F", _decorated(function, self, _kept(properties)))


def _kept(properties: dict[str, Any]) -> dict[str, Any] | None:
    try:
        freeze(properties)
    except Exception:
        STATE.failures += 1
        return None
    return properties or None


def _begin(site: Span, opener: object, properties: dict[str, Any] | None) -> OpenSpan:
    if not STATE.active:
        return INERT
    try:
        return OpenSpan(site, opener, properties)
    except Exception:
        STATE.failures += 1
        return INERT


def _end(opened: OpenSpan, failure: BaseException | None, *, coroutine: bool) -> None:
    try:
        opened.end(failure, coroutine=coroutine)
    except Exception:
        STATE.failures += 1


def _decorated(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    return decorated(
        function,
        partial(SpanUse, site, properties),
        lambda inner: wraps(inner)(_plain_call(inner, site, properties)),
    )


def _plain_call(function: Any, site: Span, properties: dict[str, Any] | None) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        opened = _begin(site, None, properties)
        try:
            result = function(*args, **kwargs)
        except BaseException as exc:
            _end(opened, exc, coroutine=False)
            raise
        _end(opened, None, coroutine=False)
        return result

    return call


@overload
def span(name: str) -> Span: ...
@overload
def span(name: _F) -> _F: ...
def span(name: str | _F) -> Span | _F:
    """
    Return the span *name*; as a decorator, ``@span``, put one round a function.

    Calls from one place with one name return one object. The span of a function has its
    qualified name.
    """
    if isinstance(name, str) or not (callable(name) or isinstance(name, classmethod)):
        return made(Span, name, "", caller())
    return made_for(Span, name)(name)


def reserve_span_id() -> int:
    """Return an id for a span that will be written down later, so that others can name it."""
    return next(numbers)


def _put_finished(site: Span, *row: Any) -> None:
    begin, end, own_id, parent, depth, status, properties, trace = row
    kind = "traces" if trace else "spans"
    put_row(kind, (begin, end, own_id, parent, depth, site, status, properties))


def count_failure() -> None:
    """Count an event lost to an error of the recorder itself."""
    STATE.failures += 1


def is_active() -> bool:
    """Whether anything is recorded."""
    return STATE.active


_FINISHED = FinishedSpans(Span, is_active, ticks, reserve_span_id, _put_finished, count_failure)
record_foreign_span, record_span = _FINISHED.record_foreign_span, _FINISHED.record_span
