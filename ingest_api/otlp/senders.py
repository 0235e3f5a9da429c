"""
Who sends: the process that a Resource describes, with its ids.

Most requests come from processes that have sent before, with the very same bytes as their
resource; what such bytes say is remembered.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from assets.otlp_wire.wire import Payload
from assets.storage.metadata.records import ProcessRecord
from ingest_api.limits import (
    OTLP_FIELDS_MAX,
    OTLP_KNOWN_RESOURCE_BYTES_MAX,
    OTLP_KNOWN_RESOURCES_MAX,
)
from ingest_api.otlp.identity import attributes_of, owner_of, process_id, stream_id
from ingest_api.otlp.rust_debug import debug_texts

COLUMN_CHARS_MAX = 255
"""Texts of a process are cut to it, as Micromegas cuts them; its properties are kept whole."""

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)"
)

SIGNALS = ("logs", "metrics", "traces")


@dataclass(frozen=True, slots=True)
class Sender:
    """
    A process that sends.

    Attributes:
        described: The process; its start is 0 where the resource does not tell it.
        streams: The id of its stream of each signal.
    """

    described: ProcessRecord
    streams: Mapping[str, str]

    @property
    def process_id(self) -> str:
        """The process's id."""
        return self.described.process_id

    def process(self, begin: int) -> ProcessRecord:
        """Return the process; if nothing tells when it started, then at *begin* (Unix ns)."""
        if self.described.start_time_ns:
            return self.described
        return replace(self.described, start_time_ns=begin, start_ticks=begin)


def sender_of(resource: bytes) -> Sender:
    """
    Return whom a Resource message describes.

    Raises:
        Malformed: It breaks the wire format.
    """
    if len(resource) > OTLP_KNOWN_RESOURCE_BYTES_MAX:
        return _sender_of(resource)
    return _remembered(resource)


def _sender_of(resource: bytes) -> Sender:
    payload = Payload(resource, OTLP_FIELDS_MAX)
    attributes = attributes_of(payload, (0, len(resource)))
    known = {key: _storable(text) for key, text in attributes.items()}
    name, namespace = known.get("service.name", ""), known.get("service.namespace", "")
    owner = owner_of(known)
    columns = {
        "exe": f"{namespace}/{name}" if namespace else name,
        "username": owner,
        "realname": owner,
        "computer": known.get("host.name", ""),
        "distro": known.get("os.description", ""),
        "cpu_brand": known.get("host.cpu.model.name", ""),
    }
    created = known.get("process.creation.time") or known.get("process.start_time", "")
    start = _unix_ns(created)
    key = attributes
    if any(text[:1] in {"[", "{"} for text in attributes.values()):  # hardly ever, and it costs
        key = attributes | debug_texts(Payload(resource, OTLP_FIELDS_MAX), (0, len(resource)))
    owner_id = process_id(key)
    described = ProcessRecord(
        process_id=owner_id,
        **{column: text[:COLUMN_CHARS_MAX] for column, text in columns.items()},
        tsc_frequency=1_000_000_000,
        start_time_ns=start,
        start_ticks=start,
        parent_process_id=None,
        properties={f"otel.resource.{_storable(key)}": text for key, text in known.items()},
    )
    return Sender(described, {signal: stream_id(owner_id, signal) for signal in SIGNALS})


_remembered = lru_cache(OTLP_KNOWN_RESOURCES_MAX)(_sender_of)


def _storable(text: str) -> str:
    """Return text as Postgres keeps it: it has no NUL."""
    return text.replace("\0", "\ufffd")


def _unix_ns(text: str) -> int:
    """Return the time that RFC 3339 says, 0 if it is none."""
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        return 0
    day_and_time, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(day_and_time.upper() + zone.upper().replace("Z", "+00:00"))
    except ValueError:
        return 0
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    nanos = int(seconds) * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))
    return nanos if 0 < nanos < 2**63 else 0
