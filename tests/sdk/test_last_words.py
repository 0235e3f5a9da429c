"""Exceptions that nobody handles: logged at fatal, and reported as before."""

import signal
from pathlib import Path
from typing import Any

import pytest

import limnograph
from tests.sdk.peer import Peer
from tests.sdk.programs import run, wait_until

START = """
import sys
import limnograph
limnograph.init("words", sys.argv[1], flush_interval_s=3600)
def broken(text):
    raise ValueError(text)
"""


def ends(peer: Peer) -> list[dict[str, Any]]:
    """Return the fatal events."""
    return [row for row in peer.rows("log") if row["level"] == 1]


def test_an_exception_that_ends_the_program_is_logged_and_reported(peer: Peer) -> None:
    """
    Type, text, stack and place are in the lake; stderr and the exit code are the interpreter's.
    """
    _, err = run(START + "broken('boom')", peer.uri, returncode=1)
    assert err.endswith("ValueError: boom\n")
    (row,) = peer.rows("log")
    assert (row["level"], row["msg"]) == (1, "unhandled ValueError: boom")
    assert row["line"] == 6
    properties = row["properties"]
    assert properties["exception.type"] == "ValueError"
    assert properties["exception.message"] == "boom"
    assert properties["exception.stacktrace"].startswith("Traceback (most recent call last)")
    assert "in broken" in properties["exception.stacktrace"]
    assert properties["exception.where"] == "the main thread"


def test_the_applications_own_hook_is_called_as_before(peer: Peer) -> None:
    """
    A hook that was there first is called after us, one that comes later decides about us.
    """
    program = """
        import sys
        sys.excepthook = lambda kind, *rest: print("mine", kind.__name__)
        import limnograph
        limnograph.init("words", sys.argv[1], flush_interval_s=3600)
        ours = sys.excepthook
        def later(*args):
            print("later")
            ours(*args)
        sys.excepthook = later
        1 / 0
    """
    out, err = run(program, peer.uri, returncode=1)
    assert (out, err) == ("later\nmine ZeroDivisionError\n", "")
    assert [row["msg"] for row in peer.rows("log")] == [
        "unhandled ZeroDivisionError: division by zero"
    ]


def test_an_exception_of_a_thread_is_logged(peer: Peer) -> None:
    """
    The thread's name stands with it; a thread that leaves by SystemExit is no failure.
    """
    program = """
import threading
for target in (lambda: broken("in thread"), sys.exit):
    thread = threading.Thread(target=target, name="worker-7")
    thread.start(), thread.join()
"""
    _, err = run(START + program, peer.uri)
    assert "Exception in thread worker-7" in err
    (row,) = peer.rows("log")
    assert row["msg"] == "unhandled ValueError: in thread"
    assert row["properties"]["exception.where"] == "thread worker-7"


def test_an_exception_that_cannot_be_raised_is_logged(peer: Peer) -> None:
    """
    What ``__del__`` raises goes to ``sys.unraisablehook``.
    """
    program = """
class Bad:
    def __del__(self):
        broken("unraisable")
Bad()
"""
    _, err = run(START + program, peer.uri)
    assert "Exception ignored" in err
    (row,) = peer.rows("log")
    assert row["msg"] == "unhandled ValueError: unraisable"
    assert "Bad.__del__" in row["properties"]["exception.where"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("runner", ["asyncio", "uvloop"])
def test_an_exception_in_an_event_loop_is_logged(peer: Peer, when: str, runner: str) -> None:
    """
    Of a callback and of a task whose result nobody fetched, whenever the loop's module came.
    """
    program = f"""
if {when == "before"}: import {runner}
import limnograph.api
limnograph.shutdown()
limnograph.init("words", sys.argv[1], flush_interval_s=0.01)
import asyncio, gc, time
import {runner}
from limnograph import last_words
while "{runner if runner == "uvloop" else "asyncio.base_events"}" not in last_words._Hooks.loops:
    limnograph.log.info("x")
    time.sleep(0.01)
async def task(): broken("of a task")
async def main():
    asyncio.get_running_loop().call_soon(broken, "of a callback")
    started = asyncio.ensure_future(task())
    await asyncio.sleep(0.01)
    del started
    gc.collect()
{runner}.run(main())
"""
    run(START + program, peer.uri)
    rows = [row for row in peer.rows("log") if row["level"] == 1]
    assert sorted(row["msg"] for row in rows) == [
        "unhandled ValueError: of a callback",
        "unhandled ValueError: of a task",
    ]
    assert any("never retrieved" in row["properties"]["exception.where"] for row in rows)


def test_an_interrupt_is_no_failure(peer: Peer) -> None:
    """
    Ctrl-C is told at info, without a stack.
    """
    run(START + "raise KeyboardInterrupt", peer.uri, returncode=-signal.SIGINT)
    (row,) = peer.rows("log")
    assert (row["level"], row["msg"]) == (4, "interrupted in the main thread")


@pytest.mark.parametrize("how", ["environment", "argument"])
def test_they_can_be_switched_off(peer: Peer, how: str) -> None:
    """
    By LIMNO_LAST_WORDS=0 or by init: then nothing is hooked.
    """
    argument = ", last_words=False" if how == "argument" else ""
    program = f"""
        import sys
        import limnograph
        limnograph.init("words", sys.argv[1]{argument})
        assert sys.excepthook is sys.__excepthook__
        limnograph.log.info("only this")
        1 / 0
    """
    environ = {"LIMNO_LAST_WORDS": "0"} if how == "environment" else {}
    run(program, peer.uri, returncode=1, **environ)
    assert [row["msg"] for row in peer.rows("log")] == ["only this"]


SEGFAULT = """
import ctypes
def deep(): ctypes.string_at(0)
limnograph.log.info("before")
deep()
"""


def test_a_crash_of_the_interpreter_leaves_the_stacks(peer: Peer) -> None:
    """
    The next start tells what the dead process was doing.
    """
    run(START + SEGFAULT, peer.uri, returncode=-signal.SIGSEGV)
    limnograph.init("words", peer.uri, flush_interval_s=3600)
    wait_until(lambda: ends(peer), "the end of the crashed process")
    (row,) = ends(peer)
    assert row["properties"]["exception.message"] == "Fatal Python error: Segmentation fault"
    assert "in deep" in row["properties"]["exception.stacktrace"]


def test_a_fork_of_a_process_crashes_into_its_own_file(peer: Peer) -> None:
    """
    Parent and child each leave their own stacks.
    """
    program = """
import os
limnograph.log.info("parent")
if os.fork() == 0:
    import ctypes
    def in_child(): ctypes.string_at(0)
    limnograph.log.info("child")
    in_child()
os.wait()
"""
    run(START + program, peer.uri)
    limnograph.init("words", peer.uri, flush_interval_s=3600)
    wait_until(lambda: ends(peer), "the child's end")
    (row,) = ends(peer)
    assert "in in_child" in row["properties"]["exception.stacktrace"]


def test_an_application_keeps_its_faulthandler(peer: Peer) -> None:
    """
    Where it was enabled before, or is later, stderr has the stacks as without us.
    """
    for first, then in (("faulthandler.enable()", ""), ("", "faulthandler.enable()")):
        program = f"""
import faulthandler, sys
{first}
{START}
{then}
{SEGFAULT}
"""
        _, err = run(program, peer.uri, returncode=-signal.SIGSEGV)
        assert "in deep" in err


def test_a_failure_while_telling_is_counted_and_raises_nothing(peer: Peer, tmp_path: Path) -> None:
    """
    An exception that cannot even be shown does not hide what the interpreter says.
    """
    program = """
class Worst(Exception):
    def __str__(self): raise RuntimeError("no text")
raise Worst
"""
    _, err = run(START + program, peer.uri, returncode=1)
    assert "Worst: <exception str() failed>" in err
    (row,) = peer.rows("log")
    assert row["msg"].startswith("unhandled Worst: ")
