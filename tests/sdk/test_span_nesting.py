"""Nesting wherever contexts go: handles, copies, tasks, executors."""

import asyncio
import contextvars
import sys
import threading
from contextlib import ExitStack
from typing import Any

import pytest

import limnograph
from limnograph import span
from tests.sdk.peer import Peer

OUTER = span("outer")
INNER = span("inner")
OTHER = contextvars.ContextVar[object]("other")


def tree(peer: Peer) -> dict[int, tuple[str, int, int]]:
    """Flush and return name, parent and depth of each span by its id."""
    assert limnograph.flush(5)
    return {row["id"]: (row["name"], row["parent"], row["depth"]) for row in peer.rows("cpu")}


def test_the_span_itself_means_its_innermost_open_use(sdk: Peer) -> None:
    """
    Also from a function that only knows the span, and of each task its own; nothing is left over.
    """
    assert (OUTER.id, OUTER.trace_id) == (0, "")
    OUTER.set(lost=1)
    OUTER.fail()
    with OUTER() as first:
        with OUTER as same, INNER:
            assert same is OUTER
            assert same.id > first.id
            OUTER.set(k="second")
            OUTER.rename(INNER)
        assert OUTER.id == first.id
        OUTER.set(k="first")
    assert OUTER.id == 0

    async def task(number: int) -> None:
        with OUTER:
            await asyncio.sleep(0)
            OUTER.set(k=number)

    async def main() -> None:
        await asyncio.gather(*(task(number) for number in range(5)))

    asyncio.run(main())
    assert limnograph.flush(5)
    rows = sorted(sdk.rows("cpu"), key=lambda row: int(row["id"]))
    found = [(row["name"], row["properties"].get("k")) for row in rows]
    assert found[:3] == [("outer", "first"), ("inner", "second"), ("inner", None)]
    assert found[3:] == [("outer", str(number)) for number in range(5)]


def test_a_handle_stays_with_its_use(sdk: Peer) -> None:
    """
    Whatever is entered meanwhile, and in whatever thread it is asked.
    """
    use = OUTER(a=1)
    with use as first:
        with use as second:
            assert first.id != second.id
            first.set(which="first")
            second.set(which="second")
        thread = threading.Thread(target=lambda: first.set(thread="yes"))
        thread.start()
        thread.join()
        kept = first.id
    with use as third:
        assert len({first.id, second.id, third.id}) == 3
        assert first.id == kept
        first.set(late="no")
    assert limnograph.flush(5)
    rows = {row["id"]: row["properties"] for row in sdk.rows("cpu")}
    assert rows[first.id] == {"a": "1", "which": "first", "thread": "yes"}
    assert rows[second.id] == {"a": "1", "which": "second"}
    assert rows[third.id] == {"a": "1"}


def test_context_managers_may_be_called_by_hand(sdk: Peer) -> None:
    """
    ExitStack and explicit calls of __enter__ and __exit__ work as with does.
    """
    with ExitStack() as stack:
        stack.enter_context(OUTER)
        stack.enter_context(INNER(a=1))
        assert INNER.__enter__() is INNER
        INNER.__exit__(None, None, None)
    OUTER.__enter__()
    failure = ValueError("by hand")
    OUTER.__exit__(ValueError, failure, None)
    INNER.__exit__(None, None, None)
    assert limnograph.flush(5)
    found = [(row["name"], row["depth"], row["status"]) for row in sdk.rows("cpu")]
    assert found == [("inner", 2, 1), ("inner", 1, 1), ("outer", 0, 1), ("outer", 0, 2)]


def test_tasks_outlive_the_span_that_created_them(sdk: Peer) -> None:
    """
    A fire-and-forget task keeps the parent it was created in, for all of its spans.
    """
    ids: dict[str, int] = {}

    async def later(name: str) -> None:
        for _ in range(2):
            await asyncio.sleep(0.002)
            with INNER() as one:
                ids.setdefault(name, one.id)
                with span("deep"):
                    pass

    async def main() -> None:
        with OUTER() as outer:
            tasks = [asyncio.create_task(later("a")), asyncio.create_task(later("b"))]
            ids["outer"] = outer.id
        with span("beside"):
            await asyncio.gather(*tasks)

    asyncio.run(main())
    rows = tree(sdk)
    inner = [(parent, depth) for name, parent, depth in rows.values() if name == "inner"]
    assert inner == [(ids["outer"], 1)] * 4
    deep = [depth for name, _, depth in rows.values() if name == "deep"]
    assert deep == [2] * 4
    assert [row for row in rows.values() if row[0] == "beside"] == [("beside", 0, 0)]


def test_task_groups_callbacks_and_executors_nest_where_they_were_asked_for(sdk: Peer) -> None:
    """
    Each carries a copy of the context of its moment.
    """
    ids: dict[str, int] = {}

    def call(name: str) -> None:
        with span(name)() as one:
            ids[name] = one.id

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        call(name)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        with OUTER() as outer:
            ids["outer"] = outer.id
            loop.call_soon(call, "soon")
            async with asyncio.TaskGroup() as group:
                for number in range(3):
                    group.create_task(work(f"task {number}"))
            with INNER() as inner:
                ids["inner"] = inner.id
                await asyncio.to_thread(call, "thread")
                await loop.run_in_executor(None, call, "executor")
        call("after")

    asyncio.run(main())
    rows = {name: parent for name, parent, _ in tree(sdk).values()}
    for name in ("soon", "task 0", "task 1", "task 2"):
        assert rows[name] == ids["outer"]
    assert rows["thread"] == ids["inner"]
    assert rows["executor"] == rows["after"] == rows["outer"] == 0


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_eager_tasks_nest_like_others(sdk: Peer) -> None:
    """
    The first step of an eager task runs inside of create_task, in the task's context.
    """

    async def work() -> None:
        with INNER:
            await asyncio.sleep(0)
            with span("deep"):
                pass

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
        with OUTER:
            task = asyncio.create_task(work())
            with span("beside"):
                pass
        await task

    asyncio.run(main())
    rows = tree(sdk)
    names = {name: rows[parent][0] if parent else "" for name, parent, _ in rows.values()}
    assert names == {"outer": "", "inner": "outer", "deep": "inner", "beside": "outer"}


@pytest.mark.parametrize("variables", [0, 1, 7, 40])
def test_copied_contexts_keep_the_level_of_their_moment(sdk: Peer, variables: int) -> None:
    """
    However many variables the application has, and whoever changes one of them first.
    """
    others = [contextvars.ContextVar[int](f"v{number}") for number in range(variables)]
    ids: dict[str, int] = {}

    def elsewhere(change_first: bool) -> None:
        if change_first:
            OTHER.set(object())
            for variable in others:
                variable.set(1)
        with span("copy")() as one:
            ids["copy"] = one.id
            OTHER.set(object())

    for variable in others:
        variable.set(0)
    for change_first in (False, True):
        for in_thread in (False, True):
            with OUTER() as outer:
                copied = contextvars.copy_context()
                if in_thread:
                    ready = threading.Event()
                    thread = threading.Thread(
                        target=lambda to=copied, go=ready, first=change_first: (
                            to.run(OTHER.set, 5), go.wait(10), to.run(elsewhere, first)
                        )
                    )  # fmt: skip
                    thread.start()
                if variables:
                    others[-1].set(2)
            with span("beside"):
                if in_thread:
                    ready.set()
                    thread.join()
                else:
                    copied.run(elsewhere, change_first)
            rows = tree(sdk)
            assert rows[ids["copy"]] == ("copy", outer.id, 1)
            assert rows[outer.id] == ("outer", 0, 0)
    assert all(depth == 0 for name, _, depth in tree(sdk).values() if name == "beside")


def test_variables_of_the_application_are_its_own(sdk: Peer) -> None:
    """
    Contexts restored variable by variable, as some bridges do, do not mix up two threads.
    """

    def restore(context: contextvars.Context) -> None:
        for variable in context:
            if variable.get(None) is not context.get(variable):
                variable.set(context.get(variable))

    def work(context: contextvars.Context) -> None:
        restore(context)
        with INNER:
            OTHER.set(5)
        done.append(contextvars.copy_context())

    done: list[contextvars.Context] = []
    with OUTER() as outer:
        thread = threading.Thread(target=work, args=(contextvars.copy_context(),))
        thread.start()
        thread.join()
        restore(done[0])
        with span("deep") as deep:
            assert deep.id
    with span("after"):
        pass
    rows = {name: (parent, depth) for name, parent, depth in tree(sdk).values()}
    assert rows["inner"] == (outer.id, 1)
    assert rows["deep"] == (outer.id, 1)
    assert rows["after"] == (0, 0)
