"""
What a Python program recorded, as its ledger: JSON that the tests hold against SQL.

Runs in the environments of the clients, so it imports nothing but OpenTelemetry's API. Spans and
logs are taken from the SDK's own exporters into memory; numbers are added up by the program itself.
Every Python program uses it; a ledger's members are described in reconciling.py.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any


class Ledger:
    """Fills up while a program records; `print` ends it."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, Any]] = {}
        self._histograms: dict[str, dict[str, Any]] = {}

    def number(self, name: str, value: float, **about: Any) -> None:
        """Remember the value that a series had when a round ended."""
        series = self._numbers.setdefault(_key(name, about), {"name": name, **about, "rounds": []})
        series["rounds"].append(value)

    def histogram(self, name: str, value: float, **about: Any) -> None:
        """Remember a value that a histogram was told."""
        new = {"name": name, **about, "values": []}
        self._histograms.setdefault(_key(name, about), new)["values"].append(value)

    def print(self, resource: Any, spans: Sequence[Any], logs: Sequence[Any]) -> None:
        """Print everything as one line."""
        found = {
            "resource": attributes(resource.attributes),
            "spans": [span_of(span) for span in spans],
            "logs": [log_of(log) for log in logs],
            "numbers": list(self._numbers.values()),
            "histograms": list(self._histograms.values()),
        }
        print(json.dumps(found), flush=True)


def span_of(span: Any) -> dict[str, Any]:
    """Return a finished span."""
    return {
        **_context(span.context),
        "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "name": span.name,
        "kind": span.kind.name,
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "status": span.status.status_code.name,
        "status_message": span.status.description,
        "target": span.instrumentation_scope.name,
        "scope": scope_of(span.instrumentation_scope),
        "attributes": attributes(span.attributes),
        "events": [
            {
                "time_ns": event.timestamp,
                "name": event.name,
                "attributes": attributes(event.attributes),
            }
            for event in span.events
        ],
        "links": [
            {**_context(link.context), "attributes": attributes(link.attributes)}
            for link in span.links
        ],
    }


def log_of(readable: Any) -> dict[str, Any]:
    """Return an emitted log record."""
    record = readable.log_record
    return {
        "time_ns": record.timestamp or record.observed_timestamp,
        "severity": record.severity_number.value if record.severity_number else 0,
        "severity_text": record.severity_text,
        "body": plain(record.body),
        "event_name": record.event_name,
        "trace_id": f"{record.trace_id:032x}" if record.trace_id else None,
        "span_id": f"{record.span_id:016x}" if record.span_id else None,
        "target": readable.instrumentation_scope.name,
        "scope": scope_of(readable.instrumentation_scope),
        "attributes": attributes(record.attributes),
    }


def scope_of(scope: Any) -> dict[str, Any]:
    """Return what is known of an instrumentation scope beside its name."""
    return {
        "version": scope.version,
        "schema_url": scope.schema_url,
        "attributes": attributes(scope.attributes),
    }


def attributes(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return attributes as JSON has them."""
    return {key: plain(value) for key, value in (found or {}).items()}


def plain(value: Any) -> Any:
    """Return a value as JSON has it; bytes are an object with base64."""
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {"map": attributes(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value


def _context(context: Any) -> dict[str, str]:
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def _key(name: str, about: Mapping[str, Any]) -> str:
    return json.dumps([name, about], sort_keys=True)
