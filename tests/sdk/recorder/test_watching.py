"""
Functions that know nothing of it become spans, on every interpreter here that can watch them.

Each case is a program of its own, in the plain recorder, whose buffers it looks at.
"""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import limnograph
from limnograph import recorder
from tests.sdk.packaging.interpreters import SDK, Interpreter, found

WATCHERS = [one for one in found() if one.version >= (3, 12) and not one.free_threaded]

START = """
import asyncio, gc, sys
from limnograph import Limits, recorder, span
from limnograph.recorder.open_spans import COROUTINE
from limnograph.recorder.spans import Span
from limnograph.recorder.state import LOCAL, STATE
from limnograph.recorder.watching import WATCHED

recorder.start(6, Limits(), lambda urgent: None)
STATE.enter_thread()

def watched(function):
    site = Span(function.__qualname__, "", "m", "f.py", 1)
    assert recorder.watch(function.__code__, site)
    return function

def names(begin=0):
    by_id = {row[2]: row[5].name for row in LOCAL.spans}
    rows = LOCAL.spans[begin:]
    return [(row[5].name, by_id.get(row[3], ""), row[6] & ~COROUTINE) for row in rows]

def of_coroutines(): return {row[5].name for row in LOCAL.spans if row[6] & COROUTINE}
"""

END = """
assert STATE.failures == 0
assert STATE.current.get() is None
"""

CASES = {
    "a recursion nests": """
        @watched
        def f(n): return n and f(n - 1)
        f(2)
        assert [row[2:5] for row in LOCAL.spans] == [(3, 2, 2), (2, 1, 1), (1, 0, 0)]
        """,
    "an exception fails each function that it leaves": """
        @watched
        def inner(): raise ValueError("boom")
        @watched
        def outer():
            try: inner()
            except ValueError: return 7
        assert outer() == 7
        assert names() == [("inner", "outer", 2), ("outer", "", 1)]
        assert LOCAL.spans[0][7]["exception.message"] == "boom"
        """,
    "a generator is one span and nobody's parent while suspended": """
        @watched
        def gen():
            inside()
            yield 1
            inside()
            yield 2
        @watched
        def inside(): pass
        @watched
        def consumer(): pass
        for _ in gen(): consumer()
        assert names() == [
            ("inside", "gen", 1), ("consumer", "", 1), ("inside", "gen", 1),
            ("consumer", "", 1), ("gen", "", 1),
        ]
        """,
    "a closed generator is no failure": """
        @watched
        def gen():
            try: yield 1
            finally: pass
        one = gen(); next(one); one.close()
        assert names() == [("gen", "", 1)]
        """,
    "a generator that is thrown away leaves nothing behind": """
        class Big: pass
        import weakref
        @watched
        def gen(big): yield 1
        big = Big(); gone = weakref.ref(big)
        one = gen(big); next(one); del one, big
        gc.collect()
        assert gone() is None
        assert STATE.current.get() is None
        """,
    "coroutines of one function in many tasks": """
        @watched
        async def work(n):
            await asyncio.sleep(0)
            step()
            return n
        @watched
        def step(): pass
        async def main(): return await asyncio.gather(*(work(n) for n in range(5)))
        assert asyncio.run(main()) == list(range(5))
        assert sorted(names()) == [("step", "work", 1)] * 5 + [("work", "", 1)] * 5
        assert of_coroutines() == {"work"}
        """,
    "a cancelled coroutine has failed": """
        @watched
        async def work(): await asyncio.sleep(3600)
        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        asyncio.run(main())
        assert names() == [("work", "", 2)]
        assert of_coroutines() == {"work"}
        assert LOCAL.spans[0][7]["exception.type"] == "CancelledError"
        """,
    "an asynchronous generator": """
        @watched
        async def rows():
            yield 1
            await asyncio.sleep(0)
            yield 2
        async def main(): return [row async for row in rows()]
        assert asyncio.run(main()) == [1, 2]
        assert names() == [("rows", "", 1)]
        assert of_coroutines() == {"rows"}
        """,
    "spans of the program lie inside": """
        SPAN = span("by hand")
        @watched
        def f():
            with SPAN: g()
        @watched
        def g(): pass
        f()
        assert names() == [("g", "by hand", 1), ("by hand", "f", 1), ("f", "", 1)]
        """,
    "what is unwatched costs nothing again": """
        @watched
        def f(): pass
        f()
        recorder.unwatch(f.__code__)
        f()
        assert names() == [("f", "", 1)]
        assert all(sys.monitoring.get_tool(number) is None for number in range(6))
        """,
    "what runs while it is unwatched still ends": """
        @watched
        def f():
            recorder.unwatch(f.__code__)
        f()
        f()
        assert names() == [("f", "", 1)]
        """,
    "a short one is not recorded": """
        @watched
        def f(): g()
        @watched
        def g(): pass
        WATCHED[id(g.__code__)][1].shortest_ns = 10**12
        f()
        assert names() == [("f", "", 1)]
        """,
    "other tools keep their numbers": """
        for number in (3, 4): sys.monitoring.use_tool_id(number, "other")
        def f(): pass
        assert not recorder.watch(f.__code__, Span("f", "", "", "", 1))
        """,
    "nothing is recorded before the start and after the stop": """
        recorder.stop()
        @watched
        def f(): pass
        f()
        assert names() == []
        """,
}


@pytest.mark.parametrize("interpreter", WATCHERS, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_watched_functions(case: str, interpreter: Interpreter) -> None:
    """
    What the case's name says.
    """
    program = START + textwrap.dedent(CASES[case]) + END
    done = subprocess.run(
        [interpreter.path, "-W", "error", "-c", program],
        env={**os.environ, "PYTHONPATH": str(SDK / "src"), "LIMNO_RECORDER": "python"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=Path(__file__).parent,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this interpreter can watch")
def test_an_interpreter_that_cannot_watch_says_so() -> None:
    """
    Before 3.12 the caller has to find another way.
    """
    assert not recorder.CAN_WATCH
    assert not recorder.watch((lambda: None).__code__, limnograph.span("x"))
