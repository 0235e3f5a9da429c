"""Watched functions with the recorder at work, where this interpreter can watch (CPython 3.12)."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

import limnograph
from limnograph import recorder
from tests.sdk.peer import Peer

pytestmark = pytest.mark.skipif(not recorder.CAN_WATCH, reason="this interpreter cannot watch")

F = TypeVar("F", bound=Callable[..., Any])


def watched(function: F) -> F:
    """Let each run of *function* be a use of a span with its name."""
    site = recorder.Span(function.__name__, "", "m", "f.py", 1)
    assert recorder.watch(function.__code__, site)
    return function


def recorded(peer: Peer) -> list[tuple[str, str, int]]:
    """Flush and return name, parent's name and status of the spans, in the order of their ends."""
    assert limnograph.flush(10)
    rows = peer.rows("cpu")
    names = {row["id"]: row["name"] for row in rows}
    return [(row["name"], names.get(row["parent"], ""), row["status"]) for row in rows]


def test_calls_nest_and_exceptions_fail_what_they_leave(sdk: Peer) -> None:
    """
    Also in recursions; whoever catches the exception is well.
    """

    @watched
    def inner(left: int) -> None:
        if left:
            inner(left - 1)
        raise ValueError("boom")

    @watched
    def outer() -> int:
        try:
            inner(1)
        except ValueError:
            return 7
        return 0

    assert outer() == 7
    assert recorded(sdk) == [("inner", "inner", 2), ("inner", "outer", 2), ("outer", "", 1)]
    recorder.unwatch(outer.__code__)
    outer()
    assert len(recorded(sdk)) == 5


def test_what_is_suspended_is_nobodys_parent(sdk: Peer) -> None:
    """
    Generators and coroutines are one span each, however often they are suspended.
    """

    @watched
    def helper() -> None:
        return

    @watched
    def values() -> Iterator[int]:
        helper()
        yield 1
        yield 2

    @watched
    async def work() -> None:
        await asyncio.sleep(0)
        helper()
        await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(work(), work())

    first, second = values(), values()
    next(first)
    helper()
    next(second)
    assert list(first) == [2]
    assert list(second) == [2]
    asyncio.run(main())
    assert recorder.current_span() == (0, -1)
    assert sorted(recorded(sdk)) == sorted(
        [("helper", "", 1), *[("helper", "values", 1)] * 2, *[("values", "", 1)] * 2]
        + [("helper", "work", 1), ("work", "", 1)] * 2
    )
    assert {row["name"] for row in sdk.rows("cpu") if row.get("coroutine")} == {"work"}


def test_short_runs_are_left_out(sdk: Peer) -> None:
    """
    The span's ``shortest_ns`` decides when the run is over.
    """

    @watched
    def long() -> None:
        short()

    def short() -> None:
        return

    site = recorder.Span("short", "", "m", "f.py", 1)
    site.shortest_ns = 3_600_000_000_000
    assert recorder.watch(short.__code__, site)
    long()
    assert recorded(sdk) == [("long", "", 1)]
