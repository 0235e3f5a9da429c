"""Rows of the views and members of a ledger in one form, so that they can be compared."""

import json
import math
from collections.abc import Mapping
from typing import Any

from limnograph.client import Client

Row = dict[str, Any]

NOT_COMPARED = {"otel.flags", "otel.observed_after_ns", "otel.time_unix_nano", "otel.types"}
"""What rows have and ledgers do not."""

_SPAN = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "kind",
    "status",
    "status_message",
    "target",
)
_PLAIN_SEVERITIES = {1, 5, 9, 13, 17, 21}


def rows(lake: Client, view: str, exe: str) -> list[Row]:
    """Return every row that *view* has of *exe*, with maps as dicts and times as nanoseconds."""
    found = lake.query(f"SELECT * FROM {view} WHERE exe = '{exe}'").polars()
    times = [name for name, dtype in found.schema.items() if dtype.is_temporal()]
    found = found.with_columns(found[name].to_physical() for name in times)
    maps = [name for name in found.columns if name.endswith("properties")]
    return [
        row | {name: entries(row[name]) for name in maps} for row in found.iter_rows(named=True)
    ]


def spans(lake: Client, exe: str) -> list[Row]:
    """Return the spans of *exe*."""
    return [
        {
            **{key: row[key] for key in _SPAN},
            "start_ns": row["start_time"],
            "end_ns": row["end_time"],
            "properties": compared(row["properties"]),
            "types": json.loads(row["property_types"] or "{}"),
            "events": [
                {**event, "attributes": compared(entries(event["attributes"]))}
                for event in row["events"] or []
            ],
            "links": [
                {
                    "trace_id": link["trace_id"],
                    "span_id": link["span_id"],
                    "attributes": compared(entries(link["attributes"])),
                }
                for link in row["links"] or []
            ],
        }
        for row in rows(lake, "otel_spans", exe)
    ]


def expected_span(span: Row) -> Row:
    """Return a span of a ledger as its row is."""
    return {
        **{key: span[key] for key in _SPAN},
        **{key: int(span[key]) for key in ("start_ns", "end_ns")},
        "properties": texts(span["attributes"]) | scope(span),
        "types": types(span),
        "events": [
            {
                "time": int(event["time_ns"]),
                "name": event["name"],
                "attributes": texts(event["attributes"]),
            }
            for event in span["events"]
        ],
        "links": [{**link, "attributes": texts(link["attributes"])} for link in span["links"]],
    }


def logs(lake: Client, exe: str) -> list[Row]:
    """Return the log entries of *exe*."""
    return [
        {
            **{key: row[key] for key in ("level", "target", "msg")},
            "time_ns": row["time"],
            "properties": compared(row["properties"]),
            "types": json.loads(row["property_types"] or "{}"),
        }
        for row in rows(lake, "log_entries", exe)
    ]


def expected_log(log: Row) -> Row:
    """Return a record of a ledger as its row is: what is empty is left out of the properties."""
    severity = log["severity"]
    more = {
        "otel.trace_id": log["trace_id"],
        "otel.span_id": log["span_id"],
        "otel.severity_text": log["severity_text"],
        "otel.event_name": log["event_name"],
        "otel.severity_number": "" if severity in _PLAIN_SEVERITIES else str(severity),
        "otel.scope.name": log["target"],
        "otel.body_type": "" if isinstance(log["body"], str | None) else type_of(log["body"]),
    }
    return {
        "level": 6 - (severity - 1) // 4 if severity else 4,
        "target": log["target"],
        "msg": text_of(log["body"]),
        "time_ns": int(log["time_ns"]),
        "properties": texts(log["attributes"])
        | scope(log)
        | {key: text for key, text in more.items() if text},
        "types": types(log),
    }


def scope(recorded: Row) -> dict[str, str]:
    """Return what the properties of a row say of its scope, beside its name."""
    told = recorded["scope"]
    found = {f"otel.scope.attr.{key}": text for key, text in texts(told["attributes"]).items()}
    for name in ("version", "schema_url"):
        if told[name]:
            found[f"otel.scope.{name}"] = told[name]
    if "kind" in recorded and recorded["target"]:
        found["otel.scope.name"] = recorded["target"]
    return found


def types(recorded: Row) -> dict[str, str]:
    """Return what the attributes of a record and of its scope are that are no strings."""
    scoped = recorded["scope"]["attributes"].items()
    every = recorded["attributes"] | {f"otel.scope.attr.{key}": value for key, value in scoped}
    return {key: type_of(value) for key, value in every.items() if not isinstance(value, str)}


def type_of(value: Any) -> str:
    """Return what a value of a ledger is called."""
    if isinstance(value, dict):
        return "bytes" if "base64" in value else "map"
    names = {bool: "bool", int: "int", float: "double", list: "array", type(None): "null"}
    return names[type(value)]


def texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return attributes of a ledger as properties have them."""
    return {key: text_of(value) for key, value in attributes.items()}


def text_of(value: Any) -> str:
    """Return a value of a ledger as docs/otlp.md says that rows have it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    text = json_of(value)
    return text[1:-1] if text.startswith('"') else text


def json_of(value: Any) -> str:
    """Return a value of a ledger within a list or a map."""
    if isinstance(value, dict) and "base64" in value:
        return json.dumps(value["base64"])
    if isinstance(value, dict):
        members = (
            f"{json.dumps(k, ensure_ascii=False)}:{json_of(v)}" for k, v in value["map"].items()
        )
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'
    return json.dumps(value, ensure_ascii=False)


def compared(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties that a ledger knows of."""
    return {key: text for key, text in properties.items() if key not in NOT_COMPARED}


def entries(found: Any) -> dict[str, str]:
    """Return a map of an answer as a dict; within a list of structs it comes as its entries."""
    return dict(found) if isinstance(found, dict) else {e["key"]: e["value"] for e in found or []}
