"""Lives of spans: ended in any order, elsewhere, late, in forks, by many threads, or never."""

import asyncio
import contextvars
import gc
import os
import random
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import limnograph
from limnograph import recorder, span
from limnograph.limits import OPEN_SPANS_LISTED_MAX, OPEN_SPANS_MAX
from tests.sdk.peer import Peer

OUTER = span("outer")
INNER = span("inner")
OTHER = contextvars.ContextVar[object]("other")


def tree(peer: Peer) -> dict[int, tuple[str, int, int]]:
    """Flush and return name, parent and depth of each span by its id."""
    assert limnograph.flush(5)
    return {row["id"]: (row["name"], row["parent"], row["depth"]) for row in peer.rows("cpu")}


def test_ends_in_any_order_leave_the_right_span_current(sdk: Peer) -> None:
    """
    Thousands of uses ended in random order: parents are those of the begins, and nothing is left.
    """
    chance = random.Random(7)
    began: list[Any] = []
    parents: dict[int, int] = {}
    with OUTER() as outer:
        for _ in range(3000):
            if began and chance.random() < 0.45:
                began.pop(chance.randrange(len(began))).__exit__(None, None, None)
            else:
                use = INNER()
                parents[use.__enter__().id] = recorder.current_span()[0]
                began.append(use)
        while began:
            began.pop(chance.randrange(len(began))).__exit__(None, None, None)
        assert recorder.current_span() == (outer.id, 0)
    assert recorder.current_span()[0] == 0
    rows = tree(sdk)
    assert len(rows) == len(parents) + 1
    for name, parent, depth in rows.values():
        if name == "inner":
            assert depth == rows[parent][2] + 1


def test_generators_closed_late_or_collected_end_their_spans(sdk: Peer) -> None:
    """
    GeneratorExit is no failure, wherever and whenever it comes.
    """

    def values() -> Iterator[int]:
        with INNER():
            yield 1
            yield 2

    with OUTER:
        dropped = values()
        next(dropped)
        late = values()
        next(late)
    del dropped
    gc.collect()
    thread = threading.Thread(target=late.close)  # type: ignore[attr-defined]
    thread.start()
    thread.join()
    with span("after"):
        pass
    assert limnograph.flush(5)
    found = sorted((row["name"], row["depth"], row["status"]) for row in sdk.rows("cpu"))
    assert found == [("after", 0, 1), ("inner", 1, 1), ("inner", 2, 1), ("outer", 0, 1)]


def test_async_generators_left_to_the_loop_end_their_spans(sdk: Peer) -> None:
    """
    The loop closes them in a task of its own.
    """

    @INNER
    async def values() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        async for _ in values():
            break
        with OUTER:
            await asyncio.sleep(0)

    asyncio.run(main())
    gc.collect()
    rows = tree(sdk)
    assert sorted(name for name, _, _ in rows.values()) == ["inner", "outer"]


def test_spans_keep_nothing_of_the_application_alive(sdk: Peer) -> None:
    """
    Values, exceptions and functions go when the application lets go of them.
    """

    class Thing:
        def __str__(self) -> str:
            return "thing"

    class Failure(ValueError):
        pass

    thing, failure = Thing(), Failure("x")
    alive = [weakref.ref(thing), weakref.ref(failure)]

    @OUTER(given=thing)
    def fails(given: BaseException) -> None:
        raise given

    alive.append(weakref.ref(fails))
    with pytest.raises(Failure), INNER(given=thing):
        fails(failure)
    del thing, failure, fails
    gc.collect()
    assert [one() for one in alive] == [None, None, None]


def test_a_forked_child_begins_with_nothing_open(sdk: Peer) -> None:
    """
    What the parent has open is not the child's: neither parent, nor ended, nor recorded there.
    """
    with OUTER() as outer, INNER:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                before = recorder.current_span()
                outer.set(child="no")
                with span("child")() as mine:
                    inside = recorder.current_span() == (mine.id, 0)
                code = 0 if before == (0, -1) and inside and OUTER.id == 0 else 2
            finally:
                os.write(write, bytes([code]))
                os._exit(0)
        os.close(write)
        assert os.read(read, 1) == b"\0"
        os.close(read)
        os.waitpid(child, 0)
    rows = tree(sdk)
    assert {name for name, _, _ in rows.values()} == {"outer", "inner"}
    assert sdk.rows("cpu")[-1]["properties"] == {}


def test_threads_nest_on_their_own_however_many(sdk: Peer) -> None:
    """
    Two thousand uses in each of eight threads at once, interleaved by the interpreter.
    """

    def work(_: int) -> None:
        for _number in range(1000):
            with OUTER() as outer, INNER() as inner:
                assert recorder.current_span() == (inner.id, 1)
                assert outer.id < inner.id

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    rows = tree(sdk)
    assert len(rows) == 16_000
    for name, parent, depth in rows.values():
        assert (name, depth) == (("inner", 1) if parent else ("outer", 0))
        assert not parent or rows[parent][0] == "outer"


def test_stopping_and_starting_again_inside_a_span(sdk: Peer) -> None:
    """
    A use that began before is told by the session that sees its end; one that never began is not.
    """
    with OUTER:
        limnograph.shutdown(5)
        with INNER:
            assert limnograph.init("shop", sdk.uri, level="trace", flush_interval_s=30.0)
    with span("after"):
        pass
    found = {name: depth for name, _, depth in tree(sdk).values()}
    assert found == {"outer": 0, "after": 0}


def test_more_spans_may_be_open_than_are_remembered(sdk: Peer) -> None:
    """
    OPEN_SPANS_MAX and OPEN_SPANS_LISTED_MAX bound what blocks tell of open spans, nothing else.
    """
    uses = [INNER() for _ in range(OPEN_SPANS_MAX + 100)]
    for use in uses:
        use.__enter__()
    with span("done"):
        pass
    assert limnograph.flush(20)
    ((_, content),) = sdk.blocks.values()
    listed = content["open_spans"]
    assert len(listed) == OPEN_SPANS_LISTED_MAX
    assert [one["depth"] for one in listed] == list(range(OPEN_SPANS_LISTED_MAX))
    for use in reversed(uses):
        use.__exit__(None, None, None)
    assert recorder.current_span() == (0, -1)
    rows = tree(sdk)
    assert len(rows) == len(uses) + 1
    assert max(depth for _, _, depth in rows.values()) == len(uses)
