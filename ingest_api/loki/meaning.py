"""
What labels and structured metadata mean to us: who logged, how bad it is, in which trace.

Rule: a process is known by few labels, which say what runs where. All others, however many values
they have, are properties of rows and never make a process.
"""

import re
from collections.abc import Mapping

from ingest_api.loki.push import Pairs

Places = tuple[int, ...]

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


class Meanings:
    """
    What pairs say of the level and the trace of a line.

    What the names of pairs say is remembered, since the lines of a push repeat them.
    """

    def __init__(self) -> None:
        self._places: dict[tuple[str, ...], tuple[Places, Places, Places]] = {}

    def of(self, pairs: Pairs) -> tuple[int, bytes, bytes]:
        """Return OTLP's severity, 0 if none is named; ids of trace and span, empty if none is."""
        names = tuple([name for name, _ in pairs])
        places = self._places.get(names)
        if places is None:
            places = self._places[names] = (
                _places(names, _LEVEL_NAMES),
                _places(names, _TRACE_NAMES),
                _places(names, _SPAN_NAMES),
            )
        levels, traces, spans = places
        severity = 0
        for at in levels:
            severity = severity or _SEVERITY.get(pairs[at][1].strip().lower(), 0)
        return severity, _id(pairs, traces, 16), _id(pairs, spans, 8)


def _places(names: tuple[str, ...], wanted: tuple[str, ...]) -> Places:
    """Return where the wanted names stand, in the order in which they count."""
    lowered = [name.lower() for name in names]
    return tuple(lowered.index(name) for name in wanted if name in lowered)


def _id(pairs: Pairs, places: Places, size: int) -> bytes:
    for at in places:
        value = pairs[at][1]
        if len(value) == 2 * size and _HEX.fullmatch(value) and value.strip("0"):
            return bytes.fromhex(value)
    return b""
