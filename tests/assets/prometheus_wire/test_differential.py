"""The extension and Python tell every request alike, to the byte, or refuse it alike."""

import random

import pytest
from hypothesis import HealthCheck, given, settings

from assets.otlp_wire.extension import native
from assets.otlp_wire.measure import measure
from assets.prometheus_wire.request import Family
from assets.prometheus_wire.translate import (
    by_extension,
    by_python,
    metadata_by_extension,
    metadata_by_python,
)
from tests.assets.prometheus_wire.messages import REQUESTS

pytestmark = pytest.mark.skipif(native is None, reason="the extension is not built here")

ANY_SPEED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
BOTH = pytest.mark.parametrize("second", [False, True], ids=["1.0", "2.0"])


def described(name: bytes) -> Family:
    """Return a family of a type that depends on the name."""
    return Family(len(name) % 9 % 8, b"help of " + name[:3], b"s" if len(name) % 2 else b"")


def outcome(run, *arguments) -> object:
    """Return what came of it."""
    try:
        return run(*arguments)
    except ValueError as exc:
        reason, offset, *_ = exc.args
        assert reason
        assert offset >= 0
        return type(exc)


def same(body: bytes, second: bool) -> object:
    """Assert that both do the same, and that what they made is OTLP."""
    ours = outcome(by_extension, body, second, described)
    assert repr(ours) == repr(outcome(by_python, body, second, described)), body.hex()
    assert outcome(metadata_by_extension, body) == outcome(metadata_by_python, body)
    for resource in getattr(ours, "resources", ()):
        measure("metrics", resource)
    return ours


@BOTH
def test_requests_are_told_alike(second: bool) -> None:
    """
    Every kind of label, sample, histogram and exemplar; what is left out is left out by both.
    """

    @ANY_SPEED
    @given(REQUESTS[second])
    def check(message) -> None:
        same(message.SerializeToString(), second)

    check()


def mutated(rnd: random.Random, data: bytes) -> bytes:
    """Change, cut, or insert some bytes."""
    raw = bytearray(data)
    for _ in range(rnd.choice([1, 1, 2, 6])):
        at = rnd.randrange(len(raw) + 1)
        change = rnd.randrange(5)
        if change <= 2:
            raw[at : at + 1] = bytes([rnd.randrange(256)])
        elif change == 3:
            raw[at : at + 1] = rnd.choice([b"\xff" * 9 + b"\x01", b"\x80" * 11, b"\x0b", b"\x00"])
        else:
            del raw[at : at + rnd.randrange(1, 4)]
    return bytes(raw)


@BOTH
def test_broken_requests_are_told_or_refused_alike(second: bool) -> None:
    """
    Lengths, wire types, references and numbers that somebody has tampered with.
    """
    rnd = random.Random(7)

    @ANY_SPEED
    @given(REQUESTS[second])
    def check(message) -> None:
        data = message.SerializeToString()
        for _ in range(10):
            same(mutated(rnd, data), second)

    check()
