"""
Attributes, events and links of trace spans, as they stand in a row.

Attributes are text to text, as everywhere; what is a sequence or a mapping becomes JSON.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from limnograph.limits import TRACE_EVENTS_BYTES_MAX, TRACE_LINKS_MAX
from limnograph.recorder.texts import property_text, text_of
from limnograph.recorder.trace_rows import OWN_PREFIX
from limnograph.recorder.traces import TraceContext, are_ids

Link = TraceContext | tuple[TraceContext, Mapping[str, Any]]
"""The place of another span; with attributes, a pair."""


class Event(NamedTuple):
    """Something that happened *after_ns* nanoseconds after the span began; settled attributes."""

    after_ns: int
    name: str
    attributes: Mapping[str, Any]


def attributes_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return *given* with sequences and mappings as JSON; without keys that are the SDK's own."""
    return {
        key: _json(value) if isinstance(value, list | tuple | dict) else value
        for key, value in given.items()
        if not key.startswith(OWN_PREFIX)
    }


def events_text(events: Iterable[Event]) -> str:
    """Return the events of a span, oldest first; what is too much leaves out the oldest."""
    kept: list[str] = []
    room = TRACE_EVENTS_BYTES_MAX
    for event in reversed(list(events)):
        text = _json(
            {
                "after_ns": event.after_ns,
                "name": event.name,
                "attributes": _pairs(event.attributes),
            }
        )
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    return f"[{','.join(reversed(kept))}]"


def links_text(links: Iterable[Link]) -> str:
    """Return the links of a span; what is no place, and what is too much, is left out."""
    kept: list[str] = []
    room = TRACE_EVENTS_BYTES_MAX
    for link in links:
        pair: Any = link if type(link) is tuple and len(link) == 2 else (link, {})
        place, attributes = pair
        if not isinstance(place, TraceContext) or not are_ids(place):
            continue
        text = _json(
            {
                "trace_id": place.trace_id,
                "span_id": place.span_id,
                "trace_state": text_of(place.state),
                "attributes": _pairs(attributes) if isinstance(attributes, Mapping) else [],
            }
        )
        if len(kept) < TRACE_LINKS_MAX and len(text) < room:
            room -= len(text) + 1
            kept.append(text)
    return f"[{','.join(kept)}]"


def _pairs(attributes: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"key": text_of(key), "value": value if type(value) is str else property_text(value)}
        for key, value in attributes.items()
    ]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=text_of, separators=(",", ":"))
