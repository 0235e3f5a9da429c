"""
What labels and structured metadata mean to us: who logged, how bad it is, in which trace.

Rule: a process is known by few labels, which say what runs where. All others, however many values
they have, are properties of rows and never make a process.
"""

import re
from collections.abc import Iterable, Mapping

UNKNOWN_SERVICE = "unknown_service"

_SERVICE = (
    "service_name", "service", "app", "application", "app_name", "name", "app_kubernetes_io_name",
    "container", "container_name", "k8s_container_name", "component", "workload", "job",
    "k8s_job_name",
)  # fmt: skip
"""Labels that name the service, in the order in which Loki looks for it."""

RESOURCE: Mapping[str, tuple[str, ...]] = {
    "host.name": ("host", "hostname", "host_name", "node_name", "node", "nodename",
                  "k8s_node_name"),
    "service.namespace": ("service_namespace", "namespace", "k8s_namespace_name"),
    "service.name": _SERVICE,
    "service.instance.id": ("service_instance_id", "instance", "pod", "k8s_pod_name"),
}  # fmt: skip
"""Attribute of the resource to the labels that say it; the first that is there counts."""

_LEVEL_NAMES = (
    "detected_level", "level", "log.level", "log_level", "loglevel", "severity", "severity_text",
    "severitytext", "lvl",
)  # fmt: skip
_SEVERITIES = {
    1: ("trace", "trc", "finest"),
    5: ("debug", "dbg", "verbose", "fine"),
    9: ("info", "inf", "information", "informational", "notice"),
    13: ("warn", "warning", "wrn"),
    17: ("error", "err", "eror", "severe"),
    21: ("fatal", "critical", "crit", "alert", "emerg", "emergency", "panic"),
}
_SEVERITY = {word: number for number, words in _SEVERITIES.items() for word in words}

_TRACE_NAMES = ("trace_id", "traceid")
_SPAN_NAMES = ("span_id", "spanid")
_HEX = re.compile(r"[0-9a-fA-F]+")


def resource_of(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of the process that a stream's lines come from."""
    found = {}
    for attribute, names in RESOURCE.items():
        value = next((labels[name] for name in names if name in labels), "")
        if attribute == "service.name":
            value = value or UNKNOWN_SERVICE
        if value:
            found[attribute] = value
    return found


def severity_of(pairs: Iterable[tuple[str, str]]) -> int:
    """Return OTLP's number for the level that is named, 0 if none is."""
    known = {name.lower(): value for name, value in pairs}
    for name in _LEVEL_NAMES:
        if number := _SEVERITY.get(known.get(name, "").strip().lower()):
            return number
    return 0


def trace_of(pairs: Iterable[tuple[str, str]]) -> tuple[bytes, bytes]:
    """Return the ids of trace and span that are named; what is no such id is empty."""
    known = {name.lower(): value for name, value in pairs}
    return _id(known, _TRACE_NAMES, 16), _id(known, _SPAN_NAMES, 8)


def _id(known: Mapping[str, str], names: Iterable[str], size: int) -> bytes:
    for name in names:
        value = known.get(name, "")
        if len(value) == 2 * size and _HEX.fullmatch(value) and value.strip("0"):
            return bytes.fromhex(value)
    return b""
