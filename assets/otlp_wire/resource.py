"""What a Resource* message says of all its records beside the attributes of its resource."""

import json

from assets.otlp_wire.entries import Entries, put_entry, put_number
from assets.otlp_wire.values import Bounds
from assets.otlp_wire.wire import BYTES, VARINT, Payload


def put_resource(payload: Payload, entries: Entries) -> None:
    """Put the entries otel.resource.* of a Resource* message."""
    resource = schema_url = (0, 0)
    for field in payload.fields(0, len(payload.data)):
        if field.number in {1, 3}:
            field.check(BYTES)
            if field.number == 1:
                resource = field.start, field.end
            else:
                schema_url = field.start, field.end
    dropped = 0
    entities: list[Bounds] = []
    for field in payload.fields(*resource):
        if field.number == 2:
            field.check(VARINT)
            dropped = field.value & 0xFFFFFFFF
        elif field.number == 3:
            field.check(BYTES)
            entities.append((field.start, field.end))
    put_entry(payload, entries, "otel.resource.schema_url", payload.text(*schema_url))
    put_number(payload, entries, "otel.resource.dropped_attributes_count", dropped)
    if entities:
        text = payload.made("[" + ",".join(_entity(payload, one) for one in entities) + "]")
        put_entry(payload, entries, "otel.resource.entity_refs", text)


def _entity(payload: Payload, bounds: Bounds) -> str:
    """Return an EntityRef as JSON."""
    texts = {1: "", 2: ""}
    lists: dict[int, list[str]] = {3: [], 4: []}
    for field in payload.fields(*bounds):
        if field.number > 4:
            continue
        field.check(BYTES)
        text = payload.text(field.start, field.end)
        if field.number in texts:
            texts[field.number] = text
        else:
            lists[field.number].append(text)
    members = {
        "schema_url": texts[1],
        "type": texts[2],
        "id_keys": lists[3],
        "description_keys": lists[4],
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
