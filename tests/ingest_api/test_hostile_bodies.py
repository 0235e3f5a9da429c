"""Whatever a body is, a door takes it or refuses it with the fault of its sender, and a reason."""

import random

import pytest

from assets.errors import CallerError
from tests.ingest_api.doors import Door, doors

DOORS = [pytest.param(door, id=name) for name, door in doors()]
PIECES = [
    *(b"", b"\x00", b"\xff" * 10, b"\x80" * 12, b"\x0b", b"{", b"}", b'"', b"\\u", b"\\ud800"),
    *(b"null", b"NaN", b"-1", b"1e999", b"18446744073709551616", b"[[[[[[[[", b"\xed\xa0\x80"),
]
MUTATIONS = 300


def mutated(rnd: random.Random, body: bytes) -> bytes:
    """Change, cut, repeat or insert some bytes."""
    raw = bytearray(body)
    for _ in range(rnd.choice([1, 1, 2, 6])):
        at = rnd.randrange(len(raw) + 1)
        match rnd.randrange(6):
            case 0 | 1 | 2:
                raw[at : at + 1] = bytes([rnd.randrange(256)])
            case 3:
                raw[at : at + 1] = rnd.choice(PIECES)
            case 4:
                del raw[at : at + rnd.choice([1, 4, 64])]
            case _:
                raw[at:at] = bytes(raw[at : at + rnd.choice([1, 4, 64])])
    return bytes(raw)


def refused(door: Door, body: bytes) -> bool:
    """Tell whether a body is refused, which is the only thing that may happen to it."""
    try:
        door.read(body)
    except CallerError as exc:
        reason = str(exc)
    else:
        return False
    assert 0 < len(reason) < 1_000, "a reason that can be read"
    assert "\n" not in reason
    return True


@pytest.mark.parametrize("door", DOORS)
def test_bodies_that_are_whole_are_taken(door: Door) -> None:
    """
    Or else the other tests would look at refusals only.
    """
    assert not any(refused(door, body) for body in door.bodies)


@pytest.mark.parametrize("door", DOORS)
def test_a_changed_body_is_taken_or_refused(door: Door) -> None:
    """
    Never an error that nobody meant, which would be a 500, and then be sent again for ever.
    """
    rnd = random.Random(1)
    for number in range(MUTATIONS):
        refused(door, mutated(rnd, door.bodies[number % len(door.bodies)]))


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_is_cut_is_taken_or_refused(door: Door) -> None:
    """
    At every byte of a short one, at some hundred of a long one.
    """
    for body in door.bodies:
        for end in range(0, len(body), 1 + len(body) // 100):
            refused(door, body[:end])


@pytest.mark.parametrize("door", DOORS)
def test_noise_is_taken_or_refused(door: Door) -> None:
    """
    Bytes of no format at all, and of the simplest ones.
    """
    rnd = random.Random(2)
    plain = [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"0",
        b'""',
        b"\x00",
        b"\xff",
        b"[" * 5_000,
        b'{"a":' * 5_000,
    ]
    for body in [*plain, *(rnd.randbytes(rnd.randrange(80)) for _ in range(100))]:
        refused(door, body)
