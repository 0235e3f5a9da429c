"""Spans that were measured elsewhere and are over: they only have to be written down."""

import time
from typing import Any

from limnograph.limits import NAME_CHARS_MAX, SITES_MAX
from limnograph.recorder.open_spans import FAILED, OK, numbers, put
from limnograph.recorder.sites import caller, made
from limnograph.recorder.spans import Span
from limnograph.recorder.state import STATE, ticks
from limnograph.recorder.texts import text_of

_OFF_NS_MAX = 1_000_000


class _Wall:
    """How far the events' clock is behind Unix time; followed only when it moved, as in blocks."""

    offset_ns = 0

    @classmethod
    def ticks_at(cls, unix_ns: int) -> int:
        offset_ns = time.time_ns() - ticks()
        if abs(offset_ns - cls.offset_ns) > _OFF_NS_MAX:
            cls.offset_ns = offset_ns
        return unix_ns - cls.offset_ns


_SITES: dict[tuple[str, str], Span] = {}


def _site(name: str, target: str) -> Span:
    known = _SITES.get((name, target))
    if known is None:
        known = Span(name[:NAME_CHARS_MAX], "", target[:NAME_CHARS_MAX], "", 0)
        if len(_SITES) < SITES_MAX:
            _SITES[name, target] = known
    return known


def reserve_span_id() -> int:
    """Return an id for a span that will be written down later, so that others can name it."""
    return next(numbers)


def record_foreign_span(
    site: tuple[str, str] | Span,
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
    Record a finished span of another tracing library; return its id, 0 when nothing is recorded.

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
    if not STATE.active:
        return 0
    try:
        own_id = own_id or next(numbers)
        begin, end = _Wall.ticks_at(int(begin_ns)), _Wall.ticks_at(int(end_ns))
        status = FAILED if failed else OK
        known = site if isinstance(site, Span) else _site(text_of(site[0]), text_of(site[1]))
        put((begin, max(begin, end), own_id, parent, depth, known, status, properties or None))
    except Exception:
        STATE.failures += 1
        return 0
    return own_id


def record_span(
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
    return record_foreign_span(
        made(Span, name, "", caller()),
        begin_ns,
        end_ns,
        failed=failed,
        parent=known,
        depth=depth,
        own_id=0,
        properties=properties,
    )
