"""
Every way to change protobuf a little: C and Python read it alike or refuse it with the same words,
and what protobuf's own reader takes too means the same to it.
"""

from collections.abc import Iterable

import pytest
from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.decode.otlp.columns import by_extension, by_python, native
from assets.otlp_wire.limits import VALUE_DEPTH_MAX
from tests.assets.decode.otlp_native.hostile import samples
from tests.assets.otlp_wire import wire_changes as change

pytestmark = pytest.mark.skipif(native is None, reason="the extension is not built here")

CLASSES = {
    "logs": ResourceLogs,
    "points": ResourceMetrics,
    "histograms": ResourceMetrics,
    "spans": ResourceSpans,
}
TOGETHER = {"points": ("points", "histograms"), "histograms": ("histograms", "points")}
"""Two readings that see a message whole together."""

READINGS = pytest.mark.parametrize("reading", list(CLASSES))
REFUSED = "refused"


def sample(reading: str) -> bytes:
    """Return a message with everything in it."""
    return dict(zip(("logs", "points", "spans"), samples(), strict=True)).get(reading, samples()[1])


def outcome(read, reading: str, payload: bytes) -> object:
    """Return the columns as Python values, or why the payload was refused, and where."""
    try:
        return {name: array.to_pylist() for name, array in read(reading, payload).items()}
    except ValueError as exc:
        reason, offset = exc.args
        assert reason
        assert 0 <= offset <= len(payload)
        return REFUSED, reason, offset


def ours(reading: str, payload: bytes) -> object:
    """Return what both of our readers say."""
    found, judge = outcome(by_extension, reading, payload), outcome(by_python, reading, payload)
    assert repr(found) == repr(judge), payload.hex()
    return found


def refused(found: object) -> bool:
    """Tell whether a payload was refused."""
    return isinstance(found, tuple)


def upb(reading: str, payload: bytes) -> bytes | None:
    """Return the message as protobuf's own reader understood it; None if it refuses it."""
    try:
        return CLASSES[reading].FromString(payload).SerializeToString()
    except DecodeError:
        return None


def check(reading: str, payload: bytes) -> bool:
    """
    Hold the readers against each other; tell whether ours took the payload.

    Text that is no UTF-8 is repaired by ours and refused by protobuf's; of two messages where one
    may stand ours takes the last, protobuf's both.
    """
    found = [ours(each, payload) for each in TOGETHER.get(reading, (reading,))]
    understood = upb(reading, payload)
    if any(map(refused, found)):
        return False
    if understood is None:
        assert change.only_protobuf_minds(change.ROOTS[reading], payload), payload.hex()
    elif not change.has_one_overruled(change.ROOTS[reading], payload):
        assert repr(found[0]) == repr(ours(reading, understood)), payload.hex()
    return True


def check_all(reading: str, payloads: Iterable[bytes]) -> tuple[int, int]:
    """Check payloads; return how many were taken, and how many were not."""
    taken = [check(reading, payload) for payload in payloads]
    return sum(taken), len(taken) - sum(taken)


@READINGS
def test_a_message_cut_anywhere(reading: str) -> None:
    """
    What is left is a message or it is not, to all three.
    """
    payload = sample(reading)
    _, broken = check_all(reading, (payload[:end] for end in range(len(payload))))
    assert broken > len(payload) / 2


@READINGS
@pytest.mark.parametrize("bits", [0x01, 0x08, 0x80])
def test_each_byte_flipped(reading: str, bits: int) -> None:
    """
    Keys, lengths, numbers and texts with other bits.
    """
    payload = sample(reading)
    flipped = (
        payload[:at] + bytes([payload[at] ^ bits]) + payload[at + 1 :] for at in range(len(payload))
    )
    taken, broken = check_all(reading, flipped)
    assert taken
    assert broken


@READINGS
def test_lengths_that_are_too_large(reading: str) -> None:
    """
    By one byte, by gigabytes, by more than 63 bits.
    """
    lengths = (1, 100_000, 2**31, 2**32, 2**63)
    payloads = change.long_lengths(change.ROOTS[reading], sample(reading), lengths)
    taken, broken = check_all(reading, payloads)
    assert broken > 100 * (taken + 1)


@READINGS
def test_fields_in_another_order(reading: str) -> None:
    """
    At every level: it is the same message.
    """
    wanted = repr(ours(reading, sample(reading)))
    for payload in change.everywhere(change.ROOTS[reading], sample(reading), change.reversed_order):
        assert repr(ours(reading, payload)) == wanted
        assert check(reading, payload)


@READINGS
def test_fields_that_nobody_knows(reading: str) -> None:
    """
    Of any number and wire type, at every level: it is the same message.
    """
    wanted = repr(ours(reading, sample(reading)))
    for payload in change.everywhere(change.ROOTS[reading], sample(reading), change.unknown_fields):
        assert repr(outcome(by_extension, reading, payload)) == wanted, payload.hex()
        assert upb(reading, payload) is not None


@READINGS
def test_fields_of_a_wrong_wire_type(reading: str) -> None:
    """
    Refused where the field is one that is read; protobuf's reader passes over it. So are groups.
    """
    payloads = change.everywhere(change.ROOTS[reading], sample(reading), change.wrong_wires)
    taken, broken = check_all(reading, payloads)
    assert broken > taken


@READINGS
def test_a_scalar_twice(reading: str) -> None:
    """
    The last one counts, as protobuf has it.
    """
    payloads = change.everywhere(change.ROOTS[reading], sample(reading), change.scalars_twice)
    taken, broken = check_all(reading, payloads)
    assert taken
    assert not broken


@READINGS
def test_a_message_twice(reading: str) -> None:
    """
    The last one counts, whole, where protobuf's reader would put the two together.
    """
    wanted = repr(ours(reading, sample(reading)))
    payloads = list(
        change.everywhere(change.ROOTS[reading], sample(reading), change.messages_twice)
    )
    assert payloads
    for payload in payloads:
        assert repr(ours(reading, payload)) == wanted, payload.hex()
        assert upb(reading, payload) is not None


def test_packed_numbers_one_by_one_or_in_several_packs() -> None:
    """
    Writers of older definitions do not pack.
    """
    wanted = repr(ours("histograms", sample("histograms")))
    payloads = list(
        change.everywhere("ResourceMetrics", sample("histograms"), change.packed_otherwise)
    )
    assert len(payloads) >= 9
    for payload in payloads:
        assert repr(ours("histograms", payload)) == wanted, payload.hex()
        assert check("histograms", payload)


@READINGS
@pytest.mark.parametrize("size", [2, 5, 6, 10, 11])
def test_keys_and_lengths_of_more_bytes_than_they_need(reading: str, size: int) -> None:
    """
    Up to ten bytes are a varint; protobuf's reader takes five for these.
    """
    payload = change.long_varints(change.ROOTS[reading], sample(reading), size)
    found = ours(reading, payload)
    assert refused(found) == (size > 10)
    assert size > 5 or upb(reading, payload) is not None
    if size <= 10:
        assert repr(found) == repr(ours(reading, sample(reading)))


@pytest.mark.parametrize("kind", [5, 6])
def test_values_in_each_other(kind: int) -> None:
    """
    Up to VALUE_DEPTH_MAX arrays or maps are read, by protobuf's reader too if it goes as deep.
    """
    for depth in (1, 20, VALUE_DEPTH_MAX, VALUE_DEPTH_MAX + 1, 3_000):
        value = b""
        for _ in range(depth):
            value = change.put((1, 2, change.put((2, 2, value)) if kind == 6 else value))
            value = change.put((kind, 2, value))
        body = change.put((5, 2, value))
        payload = change.put((2, 2, change.put((2, 2, body))))
        found = ours("logs", payload)
        assert refused(found) == (depth > VALUE_DEPTH_MAX)
        if depth <= 20:
            assert check("logs", payload)
