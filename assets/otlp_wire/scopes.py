"""What the records of one scope share, and how every signal comes to its records."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from assets.otlp_wire.entries import Entries, attribute_of
from assets.otlp_wire.resource import put_resource
from assets.otlp_wire.values import STRING, Bounds
from assets.otlp_wire.wire import BYTES, VARINT, Payload

Shared = list[tuple[str, str, int]]
"""Entries that every row of a scope or a metric has: key, text, what it was."""


@dataclass(slots=True)
class Scope:
    """The name of a scope, and what else is known of it and of its resource."""

    name: str = ""
    entries: Shared = field(default_factory=list)

    def put(self, payload: Payload, entries: Entries) -> None:
        """Put what is known of the scope into a row's map."""
        entries.put_all(payload, self.entries)


def each_record(payload: Payload, *, named: bool) -> Iterator[tuple[Scope, Bounds]]:
    """Yield every record of a Resource* message with its scope; *named*: its name is an entry."""
    resource = Entries()
    put_resource(payload, resource)
    for top in payload.fields(0, len(payload.data)):
        if top.number != 2:
            continue
        top.check(BYTES)
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
        payload.count(len(resource))
        scope.entries[:0] = shared(resource)
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
    found: Shared = []
    if named:
        found.append(("otel.scope.name", name, STRING))
    found.append(("otel.scope.version", version, STRING))
    found = [entry for entry in found if entry[1]]
    for attribute in attributes:
        found.append(attribute_of(payload, attribute, "otel.scope.attr."))
    url = payload.text(*schema_url)
    found += [("otel.scope.schema_url", url, STRING)] if url else []
    if dropped:
        made = payload.made(str(dropped))
        found.append(("otel.scope.dropped_attributes_count", made, STRING))
    payload.count(len(found) - len(attributes))
    return Scope(name, found)


def shared(entries: Entries) -> Shared:
    """Return a map's entries as a list."""
    return [(key, text, entries.kinds.get(key, STRING)) for key, text in entries.items()]
