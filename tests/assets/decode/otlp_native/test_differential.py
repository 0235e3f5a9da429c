"""The extension and the Python reference read every payload alike, or refuse it alike."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.decode.otlp.columns import by_extension, by_python, native
from assets.otlp_wire import measure
from tests.assets.decode.otlp.messages import MESSAGES, READINGS

pytestmark = pytest.mark.skipif(native is None, reason="the extension is not built here")

REFUSED = "refused"
SIGNALS = {"logs": "logs", "points": "metrics", "histograms": "metrics", "spans": "traces"}
ANY_SPEED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(read, reading: str, payload: bytes) -> object:
    """Return the columns as Python values, or why the payload was refused, and where."""
    try:
        return {name: array.to_pylist() for name, array in read(reading, payload).items()}
    except ValueError as exc:
        reason, offset = exc.args
        assert reason
        assert 0 <= offset <= len(payload), "the place of the trouble"
        return REFUSED, reason, offset


def measures(reading: str, payload: bytes) -> bool:
    """Tell whether both measure a message alike, or refuse it alike."""
    found = []
    for one in (measure.by_extension, measure.by_python):
        try:
            found.append(one(SIGNALS[reading], payload))
        except ValueError:
            found.append(None)
    assert found[0] == found[1], payload.hex()
    return True


def same(reading: str, payload: bytes) -> bool:
    """Tell whether both read the payload alike; say it if they do not; True if it is read."""
    ours, judge = outcome(by_extension, reading, payload), outcome(by_python, reading, payload)
    assert repr(ours) == repr(judge), payload.hex()
    assert measures(reading, payload)
    return not isinstance(ours, tuple)


@pytest.mark.parametrize("reading", READINGS)
def test_messages_are_read_alike(reading: str) -> None:
    """
    Every kind of value, scope, record and point gives the same columns, to the last bit.
    """

    @ANY_SPEED
    @given(MESSAGES[reading])
    def check(message) -> None:
        assert same(reading, message.SerializeToString())

    check()


def mutated(rnd: random.Random, data: bytes) -> bytes:
    """Change, cut, repeat or insert some bytes."""
    raw = bytearray(data)
    for _ in range(rnd.choice([1, 1, 2, 6])):
        at = rnd.randrange(len(raw) + 1)
        change = rnd.randrange(6)
        if change <= 2:
            raw[at : at + 1] = bytes([rnd.randrange(256)])
        elif change == 3:
            raw[at : at + 1] = rnd.choice([b"\xff" * 9 + b"\x01", b"\x80" * 11, b"\x0b", b"\x00"])
        elif change == 4:
            del raw[at : at + rnd.choice([1, 4, 64])]
        else:
            raw[at:at] = bytes(raw[at : at + rnd.choice([1, 4, 64])])
    return bytes(raw)


@pytest.mark.parametrize("reading", READINGS)
def test_mutated_messages_are_read_or_refused_alike(reading: str) -> None:
    """
    What a mutation breaks is refused by both; what it leaves whole is read alike.
    """
    read = []

    @ANY_SPEED
    @given(MESSAGES[reading], st.integers(0, 2**32))
    def check(message, seed: int) -> None:
        rnd = random.Random(seed)
        payload = message.SerializeToString()
        read.extend(same(reading, mutated(rnd, payload)) for _ in range(6))

    check()
    assert 0.02 < sum(read) / len(read) < 0.98, "mutations both break payloads and leave them whole"


@pytest.mark.parametrize("reading", READINGS)
def test_payloads_cut_anywhere_are_refused_alike(reading: str) -> None:
    """
    A payload that ends early is refused by both, or reads as what is left of it.
    """

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(MESSAGES[reading])
    def check(message) -> None:
        payload = message.SerializeToString()
        for end in range(0, len(payload), max(1, len(payload) // 64)):
            same(reading, payload[:end])

    check()
