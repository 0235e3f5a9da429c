"""Reads speedscope's files back, and holds them against the schema that it publishes."""

import json
from typing import Any

from tests.query_engine.export.reading import Slice

_TOP = {"$schema", "shared", "profiles", "name", "activeProfileIndex", "exporter"}
_PROFILE = {"type", "name", "unit", "startValue", "endValue", "events"}
_FRAME = {"name", "file", "line", "col"}
_UNITS = {"none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"}


def slices_of_speedscope(content: bytes) -> tuple[list[Slice], int]:
    """Return the slices of all profiles and what times are counted from; asserts every rule."""
    file = json.loads(content)
    assert file.keys() <= _TOP
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert file["shared"].keys() == {"frames"}
    frames = file["shared"]["frames"]
    for frame in frames:
        assert frame.keys() <= _FRAME
        assert isinstance(frame["name"], str)
        assert isinstance(frame.get("file", ""), str)
        assert isinstance(frame.get("line", 0), int)
    assert len({json.dumps(frame) for frame in frames}) == len(frames), "frames are told once"
    slices = []
    for profile in file["profiles"]:
        slices += _slices(profile, frames)
    return slices, int(file["name"].split()[0])


def _slices(profile: dict[str, Any], frames: list[dict[str, Any]]) -> list[Slice]:
    assert profile.keys() == _PROFILE
    assert profile["type"] == "evented"
    assert profile["unit"] in _UNITS
    found: list[Slice] = []
    stack: list[tuple[int, int]] = []
    latest = profile["startValue"]
    for event in profile["events"]:
        assert event.keys() == {"type", "frame", "at"}
        assert 0 <= event["frame"] < len(frames), "a frame is in the table"
        assert latest <= event["at"] <= profile["endValue"], "events are in order and in range"
        latest = event["at"]
        if event["type"] == "O":
            stack.append((event["frame"], event["at"]))
            continue
        assert event["type"] == "C"
        names = tuple(frames[number]["name"] for number, _ in stack)
        number, begin = stack.pop()
        assert number == event["frame"], "what is closed was opened last"
        frame = frames[number]
        found.append(
            Slice(
                profile["name"], names, begin, event["at"],
                file=frame.get("file", ""), line=frame.get("line", 0),
            )
        )  # fmt: skip
    assert not stack, "a frame is never closed"
    return found
