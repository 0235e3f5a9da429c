"""Spans that were measured elsewhere and are over: they only have to be written down."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from limnograph.limits import NAME_CHARS_MAX, SITES_MAX
from limnograph.recorder.sites import caller, made
from limnograph.recorder.texts import text_of
from limnograph.recorder.trace_rows import ERROR, OK

_OFF_NS_MAX = 1_000_000


class _Wall:
    """How far the events' clock is behind Unix time; followed only when it moved, as in blocks."""

    offset_ns = 0

    @classmethod
    def ticks_at(cls, unix_ns: int, ticks: Callable[[], int]) -> int:
        offset_ns = time.time_ns() - ticks()
        if abs(offset_ns - cls.offset_ns) > _OFF_NS_MAX:
            cls.offset_ns = offset_ns
        return unix_ns - cls.offset_ns


_SITES: dict[tuple[str, str], Any] = {}


class FinishedSpans(NamedTuple):
    """
    Writing them down with one recorder.

    Attributes:
        span: The recorder's class of spans.
        active: Whether anything is recorded.
        ticks: The clock of the events.
        reserve: Returns a new id.
        put: Takes span, begin and end in ticks, id, parent, depth, status, properties, and whether
            it is a trace span, whose depth is its thread.
        failed: Counts an event that could not be recorded.
    """

    span: Any
    active: Callable[[], bool]
    ticks: Callable[[], int]
    reserve: Callable[[], int]
    put: Callable[..., None]
    failed: Callable[[], object]

    def _site(self, name: str, target: str) -> Any:
        known = _SITES.get((name, target))
        if known is None:
            known = self.span(name[:NAME_CHARS_MAX], "", target[:NAME_CHARS_MAX], "", 0)
            if len(_SITES) < SITES_MAX:
                _SITES[name, target] = known
        return known

    def record_foreign_span(
        self,
        site: Any,
        begin_ns: int,
        end_ns: int,
        *,
        failed: bool,
        parent: int,
        depth: int,
        own_id: int,
        properties: dict[str, Any],
    ) -> int:
        """
        Record a finished span of another tracing library; return its id, 0 if it is not recorded.

        Args:
            site: Name and target, or a span whose name and place it has.
            begin_ns: Unix nanoseconds.
            end_ns: Unix nanoseconds.
            failed: Whether its status is an error.
            parent: Id of the span that it is part of; 0: none.
            depth: How many spans it is part of.
            own_id: From ``reserve_span_id``; 0: take one now.
            properties: Will be owned by the event.
        """
        if not self.active():
            return 0
        try:
            own_id = own_id or self.reserve()
            begin = _Wall.ticks_at(int(begin_ns), self.ticks)
            end = max(begin, _Wall.ticks_at(int(end_ns), self.ticks))
            if isinstance(site, tuple):
                site = self._site(text_of(site[0]), text_of(site[1]))
            status = ERROR if failed else OK
            self.put(site, begin, end, own_id, parent, depth, status, properties or None, False)
        except Exception:
            self.failed()
            return 0
        return own_id

    def record_span(
        self,
        name: str,
        begin_ns: int,
        end_ns: int,
        *,
        failed: bool = False,
        parent: Any = None,
        **properties: object,
    ) -> int:
        """
        Record a span that was measured elsewhere; return its id, 0 when nothing is recorded.

        Args:
            name: Of the span; its place is the caller's.
            begin_ns: Unix nanoseconds.
            end_ns: Unix nanoseconds.
            failed: Whether its status is an error.
            parent: The span that it is part of: what ``with SPAN() as current`` gives, or an id.
            properties: Of the span.
        """
        known = parent if isinstance(parent, int) else getattr(parent, "id", 0)
        depth = getattr(parent, "depth", 0) + 1 if known else 0
        return self.record_foreign_span(
            made(self.span, name, "", caller()),
            begin_ns,
            end_ns,
            failed=failed,
            parent=known,
            depth=depth,
            own_id=0,
            properties=properties,
        )
