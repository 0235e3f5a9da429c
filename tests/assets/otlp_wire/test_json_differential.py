"""The extension and the Python reference take the same JSON, and refuse it with the same words."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.otlp_wire import json_request
from assets.otlp_wire.extension import native
from tests.assets.decode.otlp.messages import MESSAGES
from tests.assets.otlp_wire.json_bodies import REQUESTS, json_of

pytestmark = pytest.mark.skipif(native is None, reason="the extension is not built here")

MANY = 1 << 30
PIECES = [
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"NaN", b"1e5", b"-0"),
    *(b"\\u0041", b"\\ud83d\\ude00", b"\\udc00", b"\xc3\xbc", b"\xed\xa0\x80", b"\xff", b"\x00"),
    *(b" \n\t", b'"intValue":"7",', b'"a_b":[{}],', b"1.0", b"18446744073709551616", b"1e400"),
]
VALUES = [
    *(None, True, False, 0, -1, 7, 1.0, 1.5, -0.0, 1e300, 2**31, 2**63, 2**64, "", "7", "-7", "x"),
    *("NaN", "-Infinity", "1e2", "SPAN_KIND_SERVER", "QUJD", "ab", "ü", [], {}, [1], ["1"], [[]]),
    *([{}], {"values": []}, {"intValue": 1}, {"stringValue": "s", "boolValue": True}),
]


def outcome(read, signal: str, body: bytes) -> object:
    """Return the protobuf, or why there is none."""
    try:
        return read(signal, body, MANY)
    except ValueError as exc:
        return exc.args[0]


def same(signal: str, body: bytes) -> bool:
    """
    Tell whether both read it; they must agree, in the refusal of a value to the letter.

    The reference looks for JSON first and for depth, the extension at everything in one pass.
    """
    ours, judge = (
        outcome(read, signal, body)
        for read in (native and native.json_request, json_request.read)
    )  # fmt: skip
    if isinstance(judge, str) and judge.startswith("the body"):
        assert isinstance(ours, str), (body, judge)
    else:
        assert ours == judge, body
    return not isinstance(ours, str)


ANY_SPEED = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def bodies(signal: str):
    """Return a strategy of bodies."""
    request, member, reading = REQUESTS[signal]
    return MESSAGES[reading].map(lambda message: json_of(request(**{member: [message]})))


def mutated(rnd: random.Random, body: bytes) -> bytes:
    """Change, cut, repeat or insert some bytes."""
    raw = bytearray(body)
    for _ in range(rnd.choice([1, 1, 1, 3])):
        at = rnd.randrange(len(raw) + 1)
        match rnd.randrange(5):
            case 0:
                raw[at : at + 1] = bytes([rnd.randrange(256)])
            case 1:
                raw[at:at] = rnd.choice(PIECES)
            case 2:
                raw[at : at + 1] = rnd.choice(PIECES)
            case 3:
                del raw[at : at + rnd.choice([1, 4, 32])]
            case _:
                raw[at:at] = bytes(raw[at : at + rnd.choice([1, 8, 32])])
    return bytes(raw)


@pytest.mark.parametrize("signal", list(REQUESTS))
def test_mutated_text_is_read_or_refused_alike(signal: str) -> None:
    """
    Bytes that break JSON, bytes that change a value, bytes that change nothing.
    """
    read = []

    @ANY_SPEED
    @given(bodies(signal), st.integers(0, 2**32))
    def check(body: bytes, seed: int) -> None:
        rnd = random.Random(seed)
        read.extend(same(signal, mutated(rnd, body)) for _ in range(20))

    check()
    assert 0.02 < sum(read) / len(read) < 0.98, "mutations both break bodies and leave them whole"


def other(rnd: random.Random, value):
    """Return JSON in which some values are others, members twice, renamed, or in another order."""
    if rnd.random() < 0.02:
        return Text(json.dumps(rnd.choice(VALUES)))
    if isinstance(value, list):
        return [other(rnd, one) for one in value]
    if not isinstance(value, dict):
        return value
    members = [(name, other(rnd, one)) for name, one in value.items()]
    match rnd.randrange(12):
        case 0:
            rnd.shuffle(members)
        case 1 if members:
            name, one = rnd.choice(members)
            members.append((f"{name}X" if rnd.random() < 0.7 else name, one))
        case 2:
            members = [(snake(name), one) for name, one in members]
    return Pairs(members)


class Text(str):
    """JSON that is written already."""

    __slots__ = ()


class Pairs(list):
    """Members of an object, doubles included."""


def snake(name: str) -> str:
    """Return a name as protobuf's definition has it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def written(value) -> str:
    """Return such values as JSON."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Pairs):
        members = [f"{json.dumps(name)}:{written(one)}" for name, one in value]
        return f"{{{', '.join(members)}}}"
    return f"[{','.join(map(written, value))}]" if isinstance(value, list) else json.dumps(value)


@pytest.mark.parametrize("signal", list(REQUESTS))
def test_other_values_are_read_or_refused_alike(signal: str) -> None:
    """
    Still JSON, but with values of other types, members twice, unknown, null and in any order.
    """
    request, member, reading = REQUESTS[signal]

    @ANY_SPEED
    @given(MESSAGES[reading], st.integers(0, 2**32))
    def check(message, seed: int) -> None:
        rnd = random.Random(seed)
        known = json.loads(json_of(request(**{member: [message]})))
        for _ in range(8):
            same(signal, written(other(rnd, json.loads(json.dumps(known)))).encode())

    check()


@pytest.mark.parametrize("signal", list(REQUESTS))
def test_bodies_cut_anywhere_are_refused_alike(signal: str) -> None:
    """
    No beginning of a body is a body.
    """

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(bodies(signal))
    def check(body: bytes) -> None:
        for end in range(0, len(body), max(1, len(body) // 64)):
            assert not same(signal, body[:end])

    check()
