"""Hostile payloads: whatever the bytes are, they are read, or refused with a reason and a place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assets.decode.otlp.columns import by_extension, by_python, native
from assets.otlp_wire import limits
from assets.otlp_wire.limits import ITEMS_MAX, VALUE_DEPTH_MAX
from tests.assets.decode.otlp.messages import READINGS

ROOT = Path(__file__).resolve().parents[4]
READERS = [
    pytest.param(
        by_extension, id="extension", marks=pytest.mark.skipif(native is None, reason="not built")
    ),
    pytest.param(by_python, id="python"),
]


def field(number: int, content: bytes) -> bytes:
    """Return a field that has a length."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Return a number as it stands on the wire."""
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def log(record: bytes) -> bytes:
    """Return a ResourceLogs with one record."""
    return field(2, field(2, record))


def refusal(read, reading: str, payload: bytes) -> tuple[str, int]:
    """Return why a payload is refused, and where."""
    with pytest.raises(ValueError) as refused:
        read(reading, payload)
    reason, offset = refused.value.args
    return reason, offset


@pytest.mark.skipif(native is None, reason="the extension is not built here")
def test_no_bytes_crash_the_extension() -> None:
    """
    Messages cut at every byte, thousands of mutations and noise, in a process of its own.
    """
    program = ROOT / "tests/assets/decode/otlp_native/hostile.py"
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'sdk/src'}", "PYTHONMALLOC": "debug"}
    done = subprocess.run(
        [sys.executable, program, "1", "6000"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 1000


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("payload", "reason", "offset"),
    [
        (b"\x12", "a length is cut off", 1),
        (b"\x12\x05ab", "field 2 has 5 bytes where 2 are left", 0),
        (b"\x12" + b"\xff" * 9 + b"\x01", "field 2 has 18446744073709551615 bytes where 0", 0),
        (b"\x80", "a field's key is cut off", 0),
        (b"\xff" * 11, "a field's key has more than 64 bits", 0),
        (b"\x00\x00", "0 is no field number", 0),
        (b"\x0b", "field 1 has wire type 3, which OTLP does not use", 0),
        (b"\x10\x01", "field 2 has wire type 0, not 2", 0),
        (log(b"\x08\x01"), "field 1 has wire type 0, not 1", 4),
        (log(b"\x09\x01"), "field 1 is cut off", 4),
        (log(b"\x2d\x01\x00\x00\x00"), "field 5 has wire type 5, not 2", 4),
        (log(field(6, b"\x08\x01")), "field 1 has wire type 0, not 2", 6),
    ],
)
def test_what_breaks_the_wire_format_is_refused_with_the_place(
    read, payload: bytes, reason: str, offset: int
) -> None:
    """
    The reason names the field and what is wrong with it, and the byte where it begins.
    """
    found, at = refusal(read, "logs", payload)
    assert found.startswith(reason)
    assert at == offset


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("reading", READINGS)
def test_unknown_fields_are_passed_over(read, reading: str) -> None:
    """
    A newer client may say more: fields of any wire type and number that nobody knows.
    """
    unknown = b"\xf8\x07\x01" + b"\xf9\x07" + bytes(8) + b"\xfd\x07" + bytes(4) + field(100, b"?")
    payload = unknown + field(2, unknown + field(2, unknown))
    height = {name: len(series) for name, series in read(reading, payload).items()}
    assert height["time" if "time" in height else "start"] == (reading in {"logs", "spans"})


@pytest.mark.parametrize("read", READERS)
def test_values_nested_too_deep_are_refused(read) -> None:
    """
    VALUE_DEPTH_MAX arrays in each other are read, one more is refused: the stack has an end.
    """

    def nested(depth: int) -> bytes:
        value = b""
        for _ in range(depth):
            value = field(5, field(1, value))
        return log(field(5, value))

    read("logs", nested(VALUE_DEPTH_MAX))
    for depth in (VALUE_DEPTH_MAX + 1, 5000):
        reason, _ = refusal(read, "logs", nested(depth))
        assert "VALUE_DEPTH_MAX" in reason


@pytest.mark.skipif(native is None, reason="the extension is not built here")
def test_more_rows_than_a_block_may_have_are_refused() -> None:
    """
    Two bytes on the wire can be a row: ITEMS_MAX bounds what a payload can make of itself.
    """
    payload = field(2, b"\x12\x00" * (ITEMS_MAX + 1))
    reason, _ = refusal(by_extension, "logs", payload)
    assert "ITEMS_MAX" in reason


def test_the_limits_of_both_readers_are_the_same() -> None:
    """
    `_native/limits.h` and `limits.py` say the same numbers.
    """
    header = (ROOT / "assets/_native/limits.h").read_text()
    found = {}
    for line in header.splitlines():
        words = line.split("/*")[0].split(None, 2)
        if words[:1] == ["#define"] and len(words) == 3:
            found[words[1]] = eval(words[2].replace("u", ""), {})
    for name in (
        "PAYLOAD_BYTES_MAX",
        "VALUE_DEPTH_MAX",
        "ITEMS_MAX",
        "MADE_BYTES_MAX",
        "SCALE_MAX",
    ):
        assert found[name] == getattr(limits, name), name
