"""Spans: nesting under threads, tasks and generators; failures pass through."""

import asyncio
import inspect
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

import limnograph
from limnograph import recorder, span
from limnograph.recorder.state import LOCAL
from tests.sdk.peer import Peer

OUTER = span("outer")
INNER = span("inner")


def sent(peer: Peer) -> dict[int, dict[str, Any]]:
    """Flush and return the span rows by id, their begins as ticks."""
    assert limnograph.flush(5)
    rows = {row["id"]: row for row in peer.rows("cpu")}
    assert len(rows) == len(peer.rows("cpu"))
    return rows


def names(rows: dict[int, dict[str, Any]]) -> dict[str, str]:
    """Return each span's name with its parent's."""
    found = {}
    for row in rows.values():
        parent = rows.get(row["parent"])
        found[row["name"]] = parent["name"] if parent else ""
        assert row["depth"] == (parent["depth"] + 1 if parent else 0)
    return found


def test_spans_nest_and_carry_properties(sdk: Peer) -> None:
    """
    A with statement records name, parent, depth, duration and properties.
    """
    with OUTER(order_id=7) as outer:
        time.sleep(0.002)
        with INNER:
            outer.set(items=3)
    rows = sent(sdk)
    assert names(rows) == {"outer": "", "inner": "outer"}
    row = rows[outer.id]
    assert row["properties"] == {"order_id": "7", "items": "3"}
    assert row["status"] == 1
    assert row["duration"] >= 2_000_000
    assert row["target"] == __name__
    assert row["file"] == __file__
    assert row["stream"].properties["thread-name"] == threading.current_thread().name
    assert row["stream"].properties["thread-id"] == str(threading.get_native_id())


def test_an_exception_marks_the_span_and_goes_on(sdk: Peer) -> None:
    """
    Status error, type and message are kept; the exception is the very same one.
    """
    failure = ValueError("bad order")
    with pytest.raises(ValueError, match="bad order") as caught, OUTER(a=1), INNER:
        raise failure
    assert caught.value is failure
    rows = sent(sdk)
    assert [row["status"] for row in rows.values()] == [2, 2]
    outer = next(row for row in rows.values() if row["name"] == "outer")
    assert outer["properties"] == {
        "a": "1",
        "exception.type": "ValueError",
        "exception.message": "bad order",
    }


def test_an_open_span_is_renamed_and_failed_without_an_exception(sdk: Peer) -> None:
    """
    What is known only inside, the route of a request or that it was answered 500, is told late.
    """
    with OUTER(a=1) as current:
        current.rename(INNER)
        current.fail()
        current.set(b=2)
    with OUTER:
        pass
    renamed, plain = sent(sdk).values()
    assert (renamed["name"], renamed["status"]) == ("inner", 2)
    assert renamed["properties"] == {"a": "1", "b": "2"}
    assert (plain["name"], plain["status"]) == ("outer", 1)
    limnograph.shutdown(5)
    with OUTER(a=1) as current:
        current.rename(INNER)
        current.fail()


def test_one_span_object_serves_recursion_and_threads(sdk: Peer) -> None:
    """
    A module-level span may be open many times at once; each thread has a stream of its own.
    """

    def dive(depth: int) -> None:
        with OUTER:
            if depth:
                dive(depth - 1)

    threads = [threading.Thread(target=dive, args=(4,), name=f"t{n}") for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = sent(sdk)
    assert len(rows) == 20
    streams = {row["stream"].properties["thread-name"] for row in rows.values()}
    assert streams == {"t0", "t1", "t2", "t3"}
    for row in rows.values():
        if row["depth"]:
            parent = rows[row["parent"]]
            assert parent["depth"] == row["depth"] - 1
            assert parent["stream"] == row["stream"]


def test_functions_are_decorated_without_losing_themselves(sdk: Peer) -> None:
    """
    Name, signature, result, exceptions, methods and class methods stay as they are.
    """

    @OUTER
    def add(a: int, b: int = 2) -> int:
        """Add."""
        return a + b

    class Shop:
        @INNER(kind="method")
        def sell(self, what: str) -> str:
            return what

        @INNER
        @staticmethod
        def static() -> int:
            return 1

        @INNER
        @classmethod
        def made(cls) -> "Shop":
            return cls()

    @INNER
    def fails() -> None:
        raise OSError("no")

    assert add(1) == 3
    assert add.__name__ == "add"
    assert add.__doc__ == "Add."
    assert str(inspect.signature(add)) == "(a: int, b: int = 2) -> int"
    assert Shop().sell("tea") == "tea"
    assert Shop.static() == 1
    assert isinstance(Shop.made(), Shop)
    assert OUTER(partial(add, 5))() == 7
    with pytest.raises(OSError, match="no"):
        fails()
    rows = list(sent(sdk).values())
    assert [row["status"] for row in rows] == [1, 1, 1, 1, 1, 1, 2]
    assert rows[1]["properties"] == {"kind": "method"}


def test_async_functions_are_timed_to_their_end(sdk: Peer) -> None:
    """
    Interleaved tasks nest each under their own parent, created tasks under their creator.
    """

    @INNER
    async def inner(delay_s: float) -> int:
        await asyncio.sleep(delay_s)
        return 1

    @OUTER
    async def outer(number: int) -> int:
        first = await inner(0.001 * (number % 3))
        return first + await asyncio.create_task(inner(0.001))

    async def main() -> list[int]:
        return await asyncio.gather(*(outer(number) for number in range(20)))

    assert inspect.iscoroutinefunction(outer)
    assert asyncio.run(main()) == [2] * 20
    rows = sent(sdk)
    assert len(rows) == 60
    parents = [row["parent"] for row in rows.values() if row["name"] == "inner"]
    assert sorted(parents) == sorted(
        2 * [row["id"] for row in rows.values() if row["name"] == "outer"]
    )
    assert all(row["duration"] >= 1_000_000 for row in rows.values() if row["name"] == "outer")
    assert {row["coroutine"] for row in rows.values()} == {1}


def test_spans_of_coroutines_are_told_from_those_of_calls(sdk: Peer) -> None:
    """
    What a coroutine calls nests as calls do; it is the coroutine itself that others run beside.
    """

    @INNER
    def called() -> None:
        pass

    async def waits() -> None:
        with OUTER:
            called()
            await asyncio.sleep(0)
        with pytest.raises(OSError, match="no"), OUTER:
            raise OSError("no")

    asyncio.run(waits())
    found = [(row["name"], row["coroutine"], row["status"]) for row in sent(sdk).values()]
    assert found == [("inner", 0, 1), ("outer", 1, 1), ("outer", 1, 2)]


def test_a_cancelled_task_ends_its_spans(sdk: Peer) -> None:
    """
    Cancellation is an exception like another.
    """

    @OUTER
    async def wait() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    (row,) = sent(sdk).values()
    assert row["status"] == 2
    assert row["properties"]["exception.type"] == "CancelledError"


def test_generators_are_timed_to_their_end(sdk: Peer) -> None:
    """
    A decorated generator keeps send, return and close; ends out of order match their spans.
    """

    @INNER
    def numbers() -> Iterator[int]:
        got = yield 1
        yield got
        return "end"

    @span("async")
    async def later() -> AsyncIterator[int]:
        yield 1
        yield 2

    with OUTER:
        running = numbers()
        assert next(running) == 1
    assert running.send(5) == 5  # type: ignore[attr-defined]
    with pytest.raises(StopIteration, match="end"):
        next(running)
    closed = numbers()
    next(closed)
    closed.close()  # type: ignore[attr-defined]

    async def main() -> list[int]:
        return [value async for value in later()]

    assert asyncio.run(main()) == [1, 2]
    with span("after"):
        pass
    rows = sent(sdk)
    assert [row["status"] for row in rows.values()] == [1] * 5
    found = [(row["name"], row["depth"]) for row in rows.values()]
    assert found == [("outer", 0), ("inner", 1), ("inner", 0), ("async", 0), ("after", 0)]


def test_a_with_across_yields_ends_the_right_span(sdk: Peer) -> None:
    """
    The end is matched by the span, not by the order of ends.
    """

    def steps() -> Iterator[int]:
        with INNER(step="x") as opened:
            yield opened.id

    with OUTER() as outer:
        running = steps()
        inner_id = next(running)
    list(running)
    with span("later")() as later:
        pass
    rows = sent(sdk)
    assert list(rows) == [outer.id, inner_id, later.id]
    assert rows[inner_id]["parent"] == outer.id
    assert rows[later.id]["parent"] == 0


@pytest.mark.skipif(recorder.NATIVE, reason="looks into the recorder in Python")
def test_open_spans_are_remembered_and_listed_within_their_limits(
    sdk: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Spans that are never ended do not grow memory or blocks without end; ended ones all arrive.
    """
    monkeypatch.setattr("limnograph.recorder.open_spans.OPEN_SPANS_MAX", 5)
    drainer = sys.modules["limnograph.recorder.draining"]
    monkeypatch.setattr(drainer, "OPEN_SPANS_LISTED_MAX", 3)
    opened = [span("s") for _ in range(8)]
    with ExitStack() as stack:
        for one in opened:
            stack.enter_context(one(k=1))
        with span("done"):
            pass
        assert len(LOCAL.open) == 5
        limnograph.flush(5)
        ((_, content),) = sdk.blocks.values()
        assert [found["depth"] for found in content["open_spans"]] == [0, 1, 2]
    limnograph.flush(5)
    assert [row["name"] for row in sdk.rows("cpu")] == ["done"] + ["s"] * 8
    assert not LOCAL.open


def test_open_spans_are_listed_in_the_block(sdk: Peer) -> None:
    """
    A block tells which spans of its thread have begun and not ended.
    """
    with OUTER() as outer:
        with INNER:
            pass
        assert limnograph.flush(5)
    content = next(iter(sdk.blocks.values()))[1]
    (opened,) = content["open_spans"]
    assert opened["id"] == outer.id
    assert content["sites"][opened["site"]]["name"] == "outer"
    assert list(sent(sdk)) == [outer.id + 1, outer.id]


def test_a_span_ended_in_another_thread_keeps_its_parent(sdk: Peer) -> None:
    """
    to_thread carries the context: work elsewhere nests under who asked for it.
    """

    @INNER
    def work() -> None:
        return

    async def main() -> None:
        with OUTER:
            await asyncio.to_thread(work)

    asyncio.run(main())
    assert names(sent(sdk)) == {"outer": "", "inner": "outer"}


def test_long_chains_of_tasks_do_not_keep_their_ancestors(sdk: Peer) -> None:
    """
    A task that starts the next within its span leaves nothing behind when it ends.
    """
    import gc

    from limnograph.recorder.open_spans import OpenSpan

    async def step(left: int) -> None:
        with OUTER:
            task = asyncio.create_task(step(left - 1)) if left else None
        if task:
            await asyncio.sleep(0)
            if left % 50 == 0:
                alive = sum(isinstance(one, OpenSpan) for one in gc.get_objects())
                assert alive < 250
            await task

    asyncio.run(step(200))
    gc.collect()
    rows = sent(sdk)
    assert len(rows) == 201
    assert sum(isinstance(one, OpenSpan) for one in gc.get_objects()) < 10


def test_a_use_that_is_shorter_than_wanted_is_not_recorded(sdk: Peer) -> None:
    """
    What is inside it and long enough is recorded all the same.
    """
    short, long = limnograph.span("short"), limnograph.span("long")
    short.shortest_ns = 3_600_000_000_000
    with short, long:
        pass
    assert limnograph.flush(10)
    assert [row["name"] for row in sdk.rows("cpu")] == ["long"]
