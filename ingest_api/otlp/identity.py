"""
Who sent a message, and which message it is: ids made of contents, as Micromegas makes them.

The same attributes of a resource are the same process, the same bytes the same block: sending a
request again changes nothing, whoever received it the first time.
"""

import hashlib
import math
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from assets.otlp_wire.values import BINARY, DOUBLE, Bounds, find_value, key_and_value, text_of
from assets.otlp_wire.wire import BYTES, Payload, double

NS_PROCESS = UUID("80a447b8-fcdd-42a6-a613-f6c8719cd5fe")
NS_STREAM = UUID("fe93bacf-e851-4cf6-8526-05f8454b3488")
NS_BLOCK = UUID("5829a6f7-0577-4c8c-862f-cf4fdab445cc")

_SEPARATOR = "\x1f"
_OWNERS = ("process.owner", "process.user.name", "process.real_user.name", "user.name")
_EXACT = frozenset({"process.pid", "process.creation.time"})
_KEYS = (
    "host.id", "host.name", "process.pid", "process.creation.time", "service.namespace",
    "service.name", "service.instance.id", "owner", "os.type", "os.version", "os.name",
    "os.description", "os.build_id", "host.arch", "host.type", "host.image.id", "host.image.name",
    "host.image.version", "host.cpu.model.id", "host.cpu.model.name", "host.cpu.family",
    "host.cpu.vendor.id", "host.cpu.stepping", "host.cpu.cache.l2.size", "service.version",
    "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version",
    "process.runtime.name", "process.runtime.version", "process.runtime.description",
)  # fmt: skip
"""What a process is known by, in the order of its key; all but ``_EXACT`` in lower case."""


def process_id(attributes: Mapping[str, str]) -> str:
    """Return the id of the process that a resource's attributes describe."""
    known = dict(attributes) | {"owner": owner_of(attributes)}
    if not known.get("process.creation.time"):
        known["process.creation.time"] = attributes.get("process.start_time", "")
    texts = []
    for key in _KEYS:
        text = known.get(key, "")
        texts.append(text if key in _EXACT else _lowered(text.strip()))
    return _named(NS_PROCESS, _SEPARATOR.join(texts).encode())


def stream_id(process: str, signal: str) -> str:
    """Return the id of a process's stream of one signal: logs, metrics or traces."""
    return _named(NS_STREAM, f"{process}{_SEPARATOR}{signal}".encode())


def block_id(payload: bytes, extra: bytes = b"") -> str:
    """Return the id of the block that holds these bytes; *extra* tells equal deliveries apart."""
    return _named(NS_BLOCK, extra + payload)


def owner_of(attributes: Mapping[str, str]) -> str:
    """Return the user that a process runs as, empty if unknown."""
    return next((attributes[key] for key in _OWNERS if attributes.get(key)), "")


def attributes_of(payload: Payload, resource: Bounds) -> dict[str, str]:
    """Return a Resource's attributes; of one key twice the first counts."""
    found: dict[str, str] = {}
    for field in payload.fields(*resource):
        if field.number == 1:
            field.check(BYTES)
            key, value = key_and_value(payload, (field.start, field.end))
            found.setdefault(payload.text(*key), _text(payload, value))
    return found


def _text(payload: Payload, value: Bounds) -> str:
    """Return a value as it stands in a process's key, which is not how rows show it."""
    field = find_value(payload, value)
    if field is not None and field.number == DOUBLE:
        return _plain_decimals(double(field.value))
    if field is not None and field.number == BINARY:
        return str(list(payload.data[field.start : field.end]))
    return text_of(payload, value)


def _plain_decimals(value: float) -> str:
    """Return a number without an exponent, and without a fraction if it has none."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _lowered(text: str) -> str:
    """Return the text with its ASCII letters in lower case."""
    return "".join(c.lower() if c.isascii() else c for c in text)


def _named(namespace: UUID, name: bytes) -> str:
    digest = bytearray(hashlib.sha1(namespace.bytes + name, usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50  # version 5
    digest[8] = digest[8] & 0x3F | 0x80  # the variant of RFC 9562
    text = digest.hex()  # many times as fast as a UUID's own text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"
