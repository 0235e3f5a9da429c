"""SIGTERM: the last interval is not lost, and the application's own handlers are its own."""

import signal
import time

import pytest

from tests.sdk.peer import Peer
from tests.sdk.programs import run, start

ENDS = """
import os, signal, sys, time
import limnograph
limnograph.init("term", sys.argv[1], flush_interval_s=3600)
limnograph.log.info("last interval")
"""


def messages(peer: Peer) -> list[str]:
    """Return what the log says."""
    return [row["msg"] for row in peer.rows("log")]


@pytest.mark.parametrize(
    "waiting",
    [
        "time.sleep(60)",
        "import threading; threading.Event().wait(60)",
        "sys.stdin.read()",
        "import asyncio; asyncio.run(asyncio.sleep(60))",
        "import select; select.select([], [], [], 60)",
    ],
)
def test_sigterm_sends_what_is_left_and_ends_by_the_signal(peer: Peer, waiting: str) -> None:
    """
    Whatever the main thread waits for.
    """
    process = start(ENDS + f"print('ready', flush=True)\n{waiting}", peer.uri)
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM, err
    assert err == ""
    assert messages(peer) == ["last interval", "ending on SIGTERM"]


def test_a_dead_receiver_holds_sigterm_up_for_the_deadline_only() -> None:
    """
    EXIT_TIMEOUT_S, and the requests stand in files.
    """
    process = start(ENDS + "print('ready', flush=True); time.sleep(60)", "http://127.0.0.1:9")
    assert process.stdout.readline() == "ready\n"
    begin = time.monotonic()
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize(
    "handler",
    ["signal.signal(signal.SIGTERM, mine)\n" + ENDS, ENDS + "signal.signal(signal.SIGTERM, mine)"],
)
def test_the_applications_handler_is_the_only_one(peer: Peer, handler: str) -> None:
    """
    Whether it was there before or came later; its exit is an ordinary one.
    """
    program = "import signal, sys\ndef mine(*_): sys.exit(5)\n" + handler
    run(program + "\nos.kill(os.getpid(), signal.SIGTERM)", peer.uri, returncode=5)
    assert messages(peer) == ["last interval"]


def test_a_server_that_puts_the_default_back_and_ends_by_the_signal_loses_nothing(
    peer: Peer,
) -> None:
    """
    uvicorn handles the signal before it imports the application, and raises it again at its end.
    """
    program = "import signal\ndef mine(*_): limnograph.log.info('winding up')\n"
    program += "before = signal.signal(signal.SIGTERM, mine)\n" + ENDS
    program += """
os.kill(os.getpid(), signal.SIGTERM)
signal.signal(signal.SIGTERM, before)
signal.raise_signal(signal.SIGTERM)
"""
    run(program, peer.uri, returncode=-signal.SIGTERM)
    assert messages(peer) == ["last interval", "winding up", "ending on SIGTERM"]


def test_an_ignored_signal_stays_ignored(peer: Peer) -> None:
    """
    SIG_IGN is a decision of the application or of who started it.
    """
    program = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ENDS
    run(program + "os.kill(os.getpid(), signal.SIGTERM)", peer.uri)
    assert messages(peer) == ["last interval"]


def test_it_can_be_switched_off(peer: Peer) -> None:
    """
    With LIMNO_ON_SIGTERM=0 the default stays in place.
    """
    program = ENDS + "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    run(program, peer.uri, LIMNO_ON_SIGTERM="0")


def test_init_outside_the_main_thread_leaves_signals_alone(peer: Peer) -> None:
    """
    Only the main thread may install handlers; elsewhere init just records.
    """
    program = """
        import signal, sys, threading
        import limnograph
        thread = threading.Thread(target=limnograph.init, args=("term", sys.argv[1]))
        thread.start(), thread.join()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        limnograph.log.info("recorded")
    """
    run(program, peer.uri)
    assert messages(peer) == ["recorded"]


def test_a_forked_child_that_is_terminated_sends_its_own(peer: Peer) -> None:
    """
    multiprocessing ends children by SIGTERM; their last interval arrives too.
    """
    program = (
        ENDS
        + """
pid = os.fork()
if pid == 0:
    limnograph.log.info("child")
    print("ready", flush=True)
    time.sleep(60)
sys.stdin.readline()
os.kill(pid, signal.SIGTERM)
assert os.waitpid(pid, 0)[1] == signal.SIGTERM
"""
    )
    process = start(program, peer.uri)
    assert process.stdout.readline() == "ready\n"
    _, err = process.communicate("\n", timeout=60)
    assert process.returncode == 0, err
    assert sorted(messages(peer)) == ["child", "ending on SIGTERM", "last interval"]


def test_sigterm_in_the_middle_of_anything_does_not_hang(peer: Peer) -> None:
    """
    A main thread interrupted while it records, flushes or starts ends by the signal.
    """
    program = (
        ENDS
        + """
print("ready", flush=True)
while True:
    for number in range(50):
        limnograph.log.info("x")
    limnograph.flush(0.5)
    limnograph.shutdown(0.5)
    limnograph.init("term", sys.argv[1], flush_interval_s=0.01)
"""
    )
    for _ in range(4):
        process = start(program, peer.uri)
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        _, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM, err
