"""Reads Chrome's trace events back, and holds them against the rules of the format."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.query_engine.export.reading import Drawn, Slice


def drawn_of_chrome(content: bytes) -> Drawn:
    """Return what a file shows; each rule that it breaks is an AssertionError."""
    file = json.loads(content, parse_float=Decimal)
    zero = int(file["otherData"]["begin_unix_ns"])
    assert file["displayTimeUnit"] == "ns"
    seen = Drawn()
    names: dict[tuple[int, int], str] = {}
    stacks: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    latest: dict[tuple[int, int], int] = {}
    leaving: dict[str, int] = {}
    arriving: dict[str, int] = {}
    for event in file["traceEvents"]:
        phase, place = event["ph"], (event["pid"], event.get("tid", 0))
        if phase == "M":
            _named(seen, names, event)
            continue
        micro = event["ts"]
        assert isinstance(micro, Decimal)
        assert -micro.as_tuple().exponent == 3, "to the nanosecond"
        time = zero + int(micro * 1000)
        if phase in "BE":
            assert place in names, "a track is told before what is on it"
            assert time >= latest.get(place, 0), "time goes back"
            latest[place] = time
        if phase == "B":
            stacks[place].append({"begin": time, **_said(event)})
        elif phase == "E":
            path = tuple(one["name"] for one in stacks[place])
            found = stacks[place].pop()
            del found["name"]
            seen.slices.append(Slice(names[place], path, end=time, **found))
        elif phase == "i":
            assert event["s"] == "t"
            seen.instants.append((names[place], time, event["name"], event["cat"]))
        elif phase == "C":
            ((unit, value),) = event["args"].items()
            seen.values[event["name"]].append((time, float(value)))
            assert isinstance(unit, str)
        elif phase == "s":
            assert event["id"] not in leaving, "a flow begins twice"
            leaving[event["id"]] = time
        else:
            assert (phase, event["bp"]) == ("f", "e")
            assert stacks[place][-1]["begin"] == time, "a flow ends where its slice begins"
            arriving[event["id"]] = time
    assert not any(stacks.values()), "a slice is never closed"
    assert leaving.keys() == arriving.keys(), "a flow has two ends"
    seen.flows = [(leaving[id_], time) for id_, time in arriving.items()]
    return seen


def _named(seen: Drawn, names: dict[tuple[int, int], str], event: dict[str, Any]) -> None:
    if event["name"] == "process_name":
        seen.process = event["args"]["name"]
        seen.processes.append(seen.process)
    elif event["name"] == "thread_name":
        assert (event["pid"], event["tid"]) not in names, "two tracks have one number"
        names[event["pid"], event["tid"]] = event["args"]["name"]


def _said(event: dict[str, Any]) -> dict[str, Any]:
    args = dict(event.get("args", {}))
    file, _, line = args.pop("source", ":0").rpartition(":")
    return {
        "name": event["name"],
        "category": event.get("cat", ""),
        "file": file,
        "line": int(line),
        "attributes": tuple((key, str(value)) for key, value in args.items()),
    }
