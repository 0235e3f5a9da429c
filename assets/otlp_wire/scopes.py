"""What the records of one scope share, and how every signal comes to its records."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from assets.otlp_wire.values import Bounds, key_and_value, text_of
from assets.otlp_wire.wire import BYTES, VARINT, Payload

Entries = dict[str, str]
"""A map of a row: of one key twice, the last value, in the place of the first."""


@dataclass(slots=True)
class Scope:
    """The name of a scope, and what else is known of it."""

    name: str = ""
    entries: list[tuple[str, str]] = field(default_factory=list)

    def put(self, payload: Payload, entries: Entries) -> None:
        """Put what is known of the scope into a row's map."""
        payload.count(len(self.entries))
        entries.update(self.entries)


def put_attribute(payload: Payload, entries: Entries, bounds: Bounds) -> None:
    """Put an attribute (a KeyValue) into a row's map."""
    key, value = key_and_value(payload, bounds)
    text = text_of(payload, value)
    payload.count()
    entries[payload.text(*key)] = text


def put_entry(payload: Payload, entries: Entries, key: str, text: str) -> None:
    """Put an entry of our own into a row's map; an empty text is left out."""
    if text:
        payload.count()
        entries[payload.made(key)] = text


def put_number(payload: Payload, entries: Entries, key: str, value: int) -> None:
    """Put a number of our own into a row's map; zero is left out."""
    if value:
        put_entry(payload, entries, key, payload.made(str(value)))


def each_record(payload: Payload, *, named: bool) -> Iterator[tuple[Scope, Bounds]]:
    """Yield every record of a Resource* message with its scope; *named*: its name is an entry."""
    for top in payload.fields(0, len(payload.data)):
        if top.number > 3:
            continue
        top.check(BYTES)
        if top.number != 2:
            continue
        scope_bounds = schema_url = (0, 0)
        records = []
        for inner in payload.fields(top.start, top.end):
            if inner.number > 3:
                continue
            inner.check(BYTES)
            bounds = inner.start, inner.end
            if inner.number == 1:
                scope_bounds = bounds
            elif inner.number == 2:
                records.append(bounds)
            else:
                schema_url = bounds
        scope = _scope(payload, scope_bounds, schema_url, named=named)
        for record in records:
            yield scope, record


def _scope(payload: Payload, bounds: Bounds, schema_url: Bounds, *, named: bool) -> Scope:
    name = version = ""
    attributes, dropped = [], 0
    for part in payload.fields(*bounds):
        if part.number > 4:
            continue
        part.check(VARINT if part.number == 4 else BYTES)
        if part.number == 1:
            name = payload.text(part.start, part.end)
        elif part.number == 2:
            version = payload.text(part.start, part.end)
        elif part.number == 3:
            attributes.append((part.start, part.end))
        else:
            dropped = part.value & 0xFFFFFFFF
    found: list[tuple[str, str]] = []
    if named:
        found.append(("otel.scope.name", name))
    found.append(("otel.scope.version", version))
    found = [(key, text) for key, text in found if text]
    for attribute in attributes:
        key, value = key_and_value(payload, attribute)
        prefixed = payload.made(f"otel.scope.attr.{payload.text(*key)}")
        found.append((prefixed, text_of(payload, value)))
    url = payload.text(*schema_url)
    found += [("otel.scope.schema_url", url)] if url else []
    if dropped:
        found.append(("otel.scope.dropped_attributes_count", payload.made(str(dropped))))
    payload.count(len(found))
    return Scope(name, found)
