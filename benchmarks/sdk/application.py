"""
What a steady 100,000 events a second cost an application that sends them to the real receiver.

Three programs in turns, several times: the pace alone, the pace with recording but no flush, and
with recording and a flush each second. CPU is that of the whole process, all its threads; the peer
of the flushed one is the pace alone, and for the tail of the instrumented thread the unflushed one.
"""

import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx

from benchmarks.report_lines import Line
from benchmarks.scratch_lake import scratch_lake
from benchmarks.sdk.paced import EVENTS_PER_UNIT

CPU_PERCENT_MAX = 2.0
BYTES_PER_EVENT_MAX = 4.0
MODES = ("idle", "unflushed", "flushed")


def lines(seconds: float, repeats: int, events_per_s: int = 100_000) -> Iterator[Line]:
    """Measure and yield: CPU added, bytes on the wire, the tail of the instrumented thread."""
    arms: dict[str, list[dict[str, Any]]] = {mode: [] for mode in MODES}
    bytes_per_event = []
    with scratch_lake() as lake, lake.ingest() as receiver:
        for _ in range(repeats):
            for mode in MODES:
                before = _received_bytes(receiver.url)
                arm = _arm(mode, receiver.url, seconds, events_per_s)
                arms[mode].append(arm)
                if mode == "flushed":
                    got = _received_bytes(receiver.url) - before
                    bytes_per_event.append(got / (arm["units"] * EVENTS_PER_UNIT))
    yield from _lines(arms, bytes_per_event, seconds)


def _arm(mode: str, url: str, seconds: float, events_per_s: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.sdk.paced", mode, "--endpoint", url]
    command += ["--seconds", str(seconds), "--events-per-s", str(events_per_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    if mode == "flushed" and (found["dropped"] or not found["complete"]):
        print(f"not everything arrived: {found}", file=sys.stderr)
    return found


def _received_bytes(url: str) -> float:
    text = httpx.get(f"{url}/metrics").text
    found = re.search(r"^limnograph_ingest_received_bytes_total (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _lines(
    arms: dict[str, list[dict[str, Any]]], bytes_per_event: list[float], seconds: float
) -> Iterator[Line]:
    def percent(mode: str) -> list[float]:
        return [100 * arm["cpu_s"] / arm["wall_s"] for arm in arms[mode]]

    added = [full - idle for full, idle in zip(percent("flushed"), percent("idle"), strict=True)]
    flush = [
        full - none for full, none in zip(percent("flushed"), percent("unflushed"), strict=True)
    ]
    conditions = {
        "events_per_s": round(
            EVENTS_PER_UNIT * statistics.median(a["units"] / a["wall_s"] for a in arms["flushed"])
        ),
        "seconds": seconds,
        "repeats": len(added),
    }
    yield Line(
        name="sdk.application.cpu",
        value=statistics.median(percent("flushed")),
        unit="% of a core",
        peer="the same pace without the SDK",
        peer_value=statistics.median(percent("idle")),
        conditions=conditions
        | {
            "added": round(statistics.median(added), 2),
            "added_from_to": [round(min(added), 2), round(max(added), 2)],
            "added_by_flush": round(statistics.median(flush), 2),
            "at_most": CPU_PERCENT_MAX,
        },
    )
    yield Line(
        name="sdk.application.size",
        value=statistics.median(bytes_per_event),
        unit="bytes per event",
        peer="the most that it may be",
        peer_value=BYTES_PER_EVENT_MAX,
        conditions=conditions | {"events": "a span's begin and end count as two"},
    )
    for name in ("50", "90", "99"):
        yield Line(
            name=f"sdk.application.unit_p{name}",
            value=statistics.median(arm["unit_ns"][name] for arm in arms["flushed"]),
            unit=f"ns per {EVENTS_PER_UNIT} events on the clock",
            peer="recording without a flush",
            peer_value=statistics.median(arm["unit_ns"][name] for arm in arms["unflushed"]),
            conditions=conditions
            | {
                "flushed": [round(arm["unit_ns"][name]) for arm in arms["flushed"]],
                "unflushed": [round(arm["unit_ns"][name]) for arm in arms["unflushed"]],
            },
        )
