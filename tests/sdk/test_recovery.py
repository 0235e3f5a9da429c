"""What a process leaves when it dies, and the next start that sends it."""

import os
import signal
import threading
from pathlib import Path

import pytest

import limnograph
from limnograph import log, places
from limnograph.limits import RECOVERY_AGE_S_MAX
from limnograph.request_files import RequestFile
from limnograph.wire.envelope import parse_request
from tests.sdk.peer import Peer
from tests.sdk.programs import request_files, run, start, wait_until

DIES = """
    import os, sys, signal, ctypes, faulthandler
    import limnograph
    from limnograph import log, metric, span
    limnograph.init("shop", sys.argv[1], flush_interval_s=3600)
    for number in range(100):
        log.info("event %d", number)
    metric("m").record(1)
    limnograph.flush(0.2)
    end = sys.argv[2]
    if end == "sigkill": os.kill(os.getpid(), signal.SIGKILL)
    if end == "segfault": ctypes.string_at(0)
    if end == "_exit": os._exit(0)
"""


def busy(peer: Peer) -> None:
    """Let the receiver take nothing."""
    peer.script = lambda _peer, _number: (503, {})


def accepting(peer: Peer) -> None:
    """Let the receiver take everything."""
    peer.script = lambda _peer, _number: (200, {})


@pytest.mark.parametrize(
    ("end", "code"),
    [("sigkill", -signal.SIGKILL), ("segfault", -signal.SIGSEGV), ("_exit", 0)],
)
def test_the_next_start_sends_what_a_dead_process_had_waiting(
    peer: Peer, state_dir: Path, end: str, code: int
) -> None:
    """
    Whatever killed it: its requests arrive once, under its own id, and a fatal event says how it
    ended.
    """
    busy(peer)
    run(DIES, peer.uri, end, returncode=code)
    assert request_files(state_dir)
    (dead,) = {parse_request(body).process.process_id for body in peer.bodies}
    accepting(peer)
    assert limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: len(peer.rows("log", dead)) == 101, "the dead process's log")
    wait_until(lambda: not request_files(state_dir), "the files to go")
    rows = peer.rows("log", dead)
    assert [row["msg"] for row in rows[:-1]] == [f"event {number}" for number in range(100)]
    assert "ended abnormally" in rows[-1]["msg"]
    assert rows[-1]["level"] == 1
    assert rows[-1]["properties"]["process.end"] == "abnormal"
    assert rows[-1]["block"].object_offset == 100
    assert {row["stream"].stream_id for row in rows} == {rows[0]["stream"].stream_id}
    assert [row["value"] for row in peer.rows("metrics", dead)] == [1.0]
    assert limnograph.stats().recovered_processes == 1
    wait_until(lambda: limnograph.stats().recovered_events == 102, "the count")
    assert limnograph.shutdown(10)
    assert not list(state_dir.rglob("lock"))


def test_a_process_that_dies_after_all_was_acknowledged_is_marked_too(peer: Peer) -> None:
    """
    How it ended is worth an event though nothing of it was left to send.
    """
    run(DIES, peer.uri, "sigkill", returncode=-signal.SIGKILL)
    (dead,) = peer.processes
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: len(peer.rows("log", dead)) == 101, "the mark of its end")


def test_an_orderly_end_leaves_nothing(peer: Peer, state_dir: Path) -> None:
    """
    No file, no directory of the process, no mark.
    """
    run(DIES, peer.uri, "")
    assert list(state_dir.rglob("*/*/*")) == []
    assert len(peer.rows("log")) == 100


def test_what_an_orderly_end_could_not_send_is_sent_without_a_mark(
    peer: Peer, state_dir: Path
) -> None:
    """
    A receiver that is away at the exit loses nothing, and the end was no crash.
    """
    busy(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    first = limnograph.process_id()
    log.info("kept")
    assert not limnograph.shutdown(0.2)
    assert limnograph.stats().kept_events == 1
    assert limnograph.stats().dropped == {}
    accepting(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: not request_files(state_dir), "the files to go")
    assert [row["msg"] for row in peer.rows("log", first)] == ["kept"]


def test_several_starters_recover_each_dead_process_once(peer: Peer, state_dir: Path) -> None:
    """
    Two processes that start at the same time share the work; nothing is sent by both.
    """
    busy(peer)
    for _ in range(4):
        run(DIES, peer.uri, "sigkill", returncode=-signal.SIGKILL)
    sent_before = len(peer.bodies)
    dead = {parse_request(body).process.process_id for body in peer.bodies}
    accepting(peer)
    starter = """
        import sys
        import limnograph
        sys.stdin.readline()
        limnograph.init("shop", sys.argv[1], flush_interval_s=3600)
        limnograph.log.info("starter")
        sys.stdin.readline()
    """
    starters = [start(starter, peer.uri) for _ in range(3)]
    for one in starters:
        one.stdin.write("\n"), one.stdin.flush()
    wait_until(lambda: not request_files(state_dir), "the files to go")
    for one in starters:
        _, err = one.communicate("\n", timeout=60)
        assert (one.returncode, err) == (0, "")
    assert len(peer.rows("log")) == 4 * 101 + 3
    sent = [parse_request(body) for body in peer.bodies[sent_before:]]
    of_the_dead = [one.blocks[0].block_id for one in sent if one.process.process_id in dead]
    assert len(of_the_dead) == len(set(of_the_dead)) >= 4 * 2


def test_the_living_are_left_alone(peer: Peer, state_dir: Path) -> None:
    """
    A request file of a process that lives is its own business, also while it forks.
    """
    busy(peer)
    other = start(
        """
        import os, sys
        import limnograph
        limnograph.init("shop", sys.argv[1], flush_interval_s=3600)
        limnograph.log.info("mine")
        limnograph.flush(0.1)
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        print("ready", flush=True)
        sys.stdin.readline()
        """,
        peer.uri,
    )
    assert other.stdout.readline() == "ready\n"
    before = request_files(state_dir)
    assert len(before) == 1
    accepting(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    log.info("x")
    assert limnograph.shutdown(10)
    assert request_files(state_dir) == before
    assert other.communicate("\n", timeout=60)[1] == ""
    assert sorted(row["msg"] for row in peer.rows("log")) == ["mine", "x"]


def test_a_forked_child_that_lives_on_does_not_hide_its_parents_death(
    peer: Peer, state_dir: Path
) -> None:
    """
    The child has a lock of its own and none of its parent's.
    """
    busy(peer)
    program = start(
        """
        import os, signal, sys
        import limnograph
        limnograph.init("shop", sys.argv[1], flush_interval_s=3600)
        limnograph.log.info("of the parent")
        limnograph.flush(0.1)
        if os.fork():
            os.kill(os.getpid(), signal.SIGKILL)
        print(limnograph.process_id(), flush=True)
        sys.stdin.readline()
        """,
        peer.uri,
    )
    child = program.stdout.readline().strip()
    program.wait(60)
    accepting(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: len(peer.rows("log")) == 2, "the parent's event and end")
    assert (state_dir / "shop" / child).exists()
    program.communicate("\n", timeout=60)


def test_a_corrupt_file_is_skipped_and_said(
    peer: Peer, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The other requests of the same process arrive.
    """
    busy(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    for number in range(3):
        log.info("%d", number)
        limnograph.flush(0.1)
    limnograph.shutdown(0.1)
    failures = limnograph.stats().failures
    damaged = request_files(state_dir)[1]
    damaged.write_bytes(damaged.read_bytes()[:-5])
    accepting(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: not request_files(state_dir), "the files to go")
    assert sorted(row["msg"] for row in peer.rows("log")) == ["0", "2"]
    assert f"{damaged} was cut off or changed" in capsys.readouterr().err
    assert limnograph.stats().failures == failures + 1


def test_what_is_too_old_is_removed_and_said(
    peer: Peer, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    RECOVERY_AGE_S_MAX bounds how long something is kept for a service that never starts again.
    """
    busy(peer)
    run(DIES, peer.uri, "sigkill", returncode=-signal.SIGKILL)
    (lock,) = state_dir.rglob("lock")
    long_ago = lock.stat().st_mtime - RECOVERY_AGE_S_MAX - 60
    os.utime(lock, (long_ago, long_ago))
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: not request_files(state_dir), "the files to go")
    assert "requests too old" in capsys.readouterr().err
    assert peer.rows("log") == []


def test_a_starter_that_dies_leaves_the_dead_to_the_next(peer: Peer, state_dir: Path) -> None:
    """
    Killed in the middle of a recovery: nothing is lost, and nothing is told twice.
    """
    busy(peer)
    run(DIES, peer.uri, "sigkill", returncode=-signal.SIGKILL)
    (first,) = {parse_request(body).process.process_id for body in peer.bodies}
    run(DIES, peer.uri, "sigkill", returncode=-signal.SIGKILL)
    accepting(peer)
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    wait_until(lambda: not request_files(state_dir), "the files to go")
    assert len(peer.rows("log")) == 2 * 101
    assert len(peer.rows("log", first)) == 101


def test_one_services_dead_are_no_others_business(peer: Peer, state_dir: Path) -> None:
    """
    Names that are no file names are told apart as well.
    """
    busy(peer)
    for service in ("a/b", "a b", "..", "grüße", "x" * 500):
        limnograph.init(service, peer.uri, flush_interval_s=3600)
        log.info("of %s", service)
        limnograph.shutdown(0.05)
    assert len(request_files(state_dir)) == 5
    assert len(list(state_dir.iterdir())) == 5
    accepting(peer)
    limnograph.init("a/b", peer.uri, flush_interval_s=3600)
    wait_until(lambda: len(request_files(state_dir)) == 4, "one service's file to go")
    assert [row["msg"] for row in peer.rows("log")] == ["of a/b"]


def test_a_directory_of_others_is_not_used(
    peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where others may write, somebody could have laid requests: it is said, and nothing kept.
    """
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    limnograph.init("shop", peer.uri, flush_interval_s=3600, state_dir=str(open_to_all))
    log.info("x")
    assert limnograph.flush(10)
    said = capsys.readouterr().err
    assert f"going on without state directory: others may write to {open_to_all}" in said
    assert list(open_to_all.iterdir()) == []
    assert len(peer.rows("log")) == 1


def test_each_request_is_in_a_file_until_it_is_acknowledged(peer: Peer, state_dir: Path) -> None:
    """
    The file is the request: what is recovered is what would have been sent.
    """
    held = threading.Event()
    peer.script = lambda _peer, _number: (held.wait(30), (200, {}))[1]
    limnograph.init("shop", peer.uri, flush_interval_s=3600)
    log.info("x")
    limnograph.flush(0.05)
    (file,) = request_files(state_dir)
    wait_until(lambda: peer.bodies, "the request to arrive")
    assert RequestFile(str(file)).read().body == peer.bodies[0]
    held.set()
    assert limnograph.flush(10)
    wait_until(lambda: not request_files(state_dir), "the file to go")


def test_the_default_directory_is_the_users_own() -> None:
    """
    In memory, named by the user, since everybody may write beside it.
    """
    root = places.default_root()
    assert str(os.getuid()) in root or root.startswith(os.environ.get("XDG_RUNTIME_DIR", "\0"))


def test_a_directory_that_is_being_made_is_left_alone(tmp_path: Path) -> None:
    """
    Before its maker holds the lock it is nobody's: a starter must not take it for a dead one's.
    """
    place = places.make(str(tmp_path), "shop", "a")
    (tmp_path / "shop" / ".b").mkdir()
    (tmp_path / "shop" / ".b" / "lock").touch()
    assert list(places.dead(str(tmp_path), "shop")) == []
    assert (tmp_path / "shop" / ".b" / "lock").exists()
    place.remove()


def test_children_that_end_without_a_word_leave_nothing_for_long(
    peer: Peer, state_dir: Path
) -> None:
    """
    A process that runs for months and forks all the time takes over what its children leave.
    """
    program = """
        import os, sys, warnings
        warnings.simplefilter("ignore")  # of forking with threads
        from limnograph import recovery
        recovery.RECOVERY_INTERVAL_S = 0.0
        import limnograph
        limnograph.init("forks", sys.argv[1], flush_interval_s=0.01)
        limnograph.log.info("of the parent")
        for number in range(5):
            child = os.fork()
            if child == 0:
                if number == 0:
                    limnograph.log.info("of a child")
                    limnograph.flush(10)
                os._exit(0)
            os.waitpid(child, 0)
        sys.stdin.readline()
    """
    process = start(program, peer.uri)
    wait_until(lambda: [row for row in peer.rows("log") if row["level"] == 1], "one child's end")
    wait_until(lambda: len(list((state_dir / "forks").iterdir())) == 1, "the children's to go")
    _, err = process.communicate("\n", timeout=60)
    assert process.returncode == 0, err
