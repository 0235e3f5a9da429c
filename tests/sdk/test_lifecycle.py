"""Imports, exits and forks, each in a program of its own; and mistakes at the start."""

import subprocess
import sys
import textwrap
from typing import Any

import pytest

import limnograph
from tests.sdk.peer import Peer


def run(program: str, *args: str, returncode: int = 0) -> str:
    """Run a program in a new interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program), *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == returncode, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def test_importing_costs_no_heavy_module() -> None:
    """
    Recording needs neither the network, nor logging, nor anything from outside the library.
    """
    run(
        """
        import sys
        before = set(sys.modules)
        import limnograph
        from limnograph import log, metric, span
        log.info("x"), metric("m").record(1)
        with span("s"): pass
        new = {name.split(".")[0] for name in set(sys.modules) - before}
        heavy = {"pyarrow", "polars", "pandas", "numpy", "http", "ssl", "email", "logging",
                 "asyncio", "dataclasses", "inspect", "json", "backports", "compression"}
        assert not new & heavy, new & heavy
        limnograph.init("x", "http://127.0.0.1:9")
        allowed = {"limnograph", "backports"}
        foreign = {
            name for name in {n.split(".")[0] for n in set(sys.modules) - before}
            if name not in sys.stdlib_module_names and name not in allowed
            and not name.startswith("_")
        }
        assert not foreign, foreign
        limnograph.shutdown(0)
        """
    )


def test_queries_without_the_extra_say_what_to_install() -> None:
    """
    The client's libraries are optional, and missing them is a sentence, not a traceback.
    """
    run(
        """
        import sys
        sys.modules["pyarrow"] = None
        import limnograph
        from limnograph.cli import main
        for uri in ("grpc://h:1", "http://h:1"):
            try:
                limnograph.connect(uri)
            except limnograph.QueryError as exc:
                assert "pip install 'limnograph[client]'" in exc.text
            else:
                raise AssertionError
        assert main(["query", "SELECT 1"]) == 1
        """
    )


def test_memory_stays_bounded_while_nobody_takes_the_events(peer: Peer) -> None:
    """
    Half a million events with texts and a receiver that only says 503: memory stays where the
    limits put it, and every event is accounted for.
    """
    peer.script = lambda _peer, _number: (503, {"Retry-After": "60"})
    out = run(
        """
        import resource, sys
        import limnograph
        limits = limnograph.Limits(
            events_queued_max=20_000, text_bytes_queued_max=4_000_000, outbox_bytes_max=1_000_000
        )
        limnograph.init("memory", sys.argv[1], flush_interval_s=0.05, limits=limits)
        def record(count):
            for number in range(count):
                limnograph.log.info(f"text {number} {number * 7919} " + "x" * 100, n=number)
        record(50_000)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        record(450_000)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        limnograph.flush(0.1)
        stats = limnograph.stats()
        limnograph.shutdown(0.1)
        stats = limnograph.stats()
        assert stats.failures == 0, stats
        print(after - before, sum(stats.dropped.values()) + stats.kept_events)
        """,
        peer.uri,
    )
    grown_kib, lost = map(int, out.split())
    assert grown_kib < 30_000
    assert lost >= 500_000


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise SystemExit(3)"])
def test_the_interpreters_exit_sends_what_is_left(peer: Peer, end: str) -> None:
    """
    A program that just ends loses nothing, whatever its exit code.
    """
    run(
        f"""
        import sys
        import limnograph
        limnograph.init("exit", sys.argv[1], flush_interval_s=3600)
        limnograph.log.info("last words")
        {end}
        """,
        peer.uri,
        returncode=3 if end else 0,
    )
    assert [row["msg"] for row in peer.rows("log")] == ["last words"]


def test_an_unhandled_exception_sends_what_is_left(peer: Peer) -> None:
    """
    The events before a crash of the program are what one wants to see.
    """
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys, limnograph; limnograph.init('x', sys.argv[1]);"
                "limnograph.log.fatal('before'); raise ValueError('boom')"
            ),
            peer.uri,
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "ValueError: boom" in done.stderr
    messages = [row["msg"] for row in peer.rows("log")]
    assert messages == ["before", "unhandled ValueError: boom"]


def test_the_exit_does_not_wait_for_a_dead_receiver() -> None:
    """
    Without a receiver the exit takes EXIT_TIMEOUT_S at most, and says nothing on stdout.
    """
    out = run(
        """
        import atexit, time
        begin = time.monotonic()
        atexit.register(lambda: print(time.monotonic() - begin))
        import limnograph
        limnograph.init("exit", "http://127.0.0.1:9", flush_interval_s=3600)
        limnograph.log.info("x")
        """
    )
    assert float(out) < 8


class Hostile:
    """An object that cannot even be looked at."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"properties": "abc"}, "properties is no mapping but a str; leaving it out"),
        ({"properties": {"a": type("Mute", (), {"__str__": Hostile.__str__})()}}, ""),
        ({"flush_interval_s": "1"}, "flush_interval_s is not in 0..86400.0 but 1; taking 1.0"),
        ({"flush_interval_s": float("nan")}, "flush_interval_s is not in 0..86400.0"),
        ({"limits": 3}, "limits is no limnograph.Limits but a int; taking the defaults"),
        ({"level": 7}, "unknown level '7'; one of"),
    ],
)
def test_a_mistake_in_the_configuration_is_said_and_stops_nothing(
    peer: Peer, capsys: pytest.CaptureFixture[str], mistake: dict[str, Any], said: str
) -> None:
    """
    The application runs and its events arrive, whatever it was that init was given.
    """
    assert limnograph.init("shop", peer.uri, **mistake)
    limnograph.log.info("hello")
    assert limnograph.flush(5)
    assert [row["msg"] for row in peer.rows("log")] == ["hello"]
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "mistake", [{"endpoint": "::::"}, {"endpoint": 5}, {"service": Hostile()}, {"level": Hostile()}]
)
def test_what_cannot_be_started_is_said_and_nothing_is_recorded(
    capsys: pytest.CaptureFixture[str], mistake: dict[str, Any]
) -> None:
    """
    init never raises into the application.
    """
    assert limnograph.init(**mistake) is False
    limnograph.log.info("hello")
    assert limnograph.flush(1)
    assert "limnograph: not recording: " in capsys.readouterr().err


def test_a_forked_child_is_a_process_of_its_own(peer: Peer) -> None:
    """
    The child sends its own events under its own id, and none of its parent's.
    """
    out = run(
        """
        import os, sys, threading
        import limnograph
        from limnograph import log, metric, span
        limnograph.init("fork", sys.argv[1], flush_interval_s=3600)
        log.info("parent before")
        metric("m").record(1)
        stop = threading.Event()
        other = threading.Thread(target=stop.wait)
        other.start()
        parent_id = limnograph.process_id()
        with span("around"):
            pid = os.fork()
            if pid == 0:
                assert limnograph.process_id() != parent_id
                log.info("child")
                with span("in child"):
                    pass
        if pid == 0:
            assert limnograph.flush(10)
            stop.set()
            print(limnograph.process_id(), flush=True)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        stop.set()
        log.info("parent after")
        assert limnograph.flush(10)
        print(parent_id)
        """,
        peer.uri,
    )
    child_id, parent_id = out.split()
    assert [row["msg"] for row in peer.rows("log", child_id)] == ["child"]
    assert [row["msg"] for row in peer.rows("log", parent_id)] == ["parent before", "parent after"]
    assert [row["name"] for row in peer.rows("cpu", parent_id)] == ["around"]
    (row,) = peer.rows("cpu", child_id)
    assert (row["name"], row["parent"], row["depth"]) == ("in child", 0, 0)
    assert peer.rows("metrics", child_id) == []
    assert peer.processes[child_id].parent_process_id == parent_id
    assert peer.processes[child_id].properties["service"] == "fork"


def test_forks_in_the_middle_of_sending_do_not_hang(peer: Peer) -> None:
    """
    Children forked while other threads record, flush and send start clean, time after time.
    """
    out = run(
        """
        import os, sys, threading
        import limnograph
        from limnograph import log
        limnograph.init("fork", sys.argv[1], flush_interval_s=0.01)
        stop = False
        def work():
            while not stop:
                for number in range(50):
                    log.info("noise %d", number)
                threading.Event().wait(0.002)
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads: thread.start()
        children = []
        for number in range(15):
            pid = os.fork()
            if pid == 0:
                log.info("child %d", number)
                done = limnograph.shutdown(20)
                done or print(limnograph.stats(), file=sys.stderr, flush=True)
                os._exit(0 if done else 1)
            children.append(pid)
        codes = [os.waitpid(pid, 0)[1] for pid in children]
        stop = True
        for thread in threads: thread.join()
        assert codes == [0] * 15, codes
        assert limnograph.shutdown(20)
        print("done")
        """,
        peer.uri,
    )
    assert out == "done\n"
    found = [row["msg"] for row in peer.rows("log") if row["msg"].startswith("child")]
    assert sorted(found) == sorted(f"child {number}" for number in range(15))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_multiprocessing_child_sends_at_its_end(peer: Peer, method: str, tmp_path) -> None:
    """
    Children of multiprocessing skip atexit on some versions; their events arrive all the same.
    """
    script = tmp_path / "pool.py"
    script.write_text(
        textwrap.dedent(
            """
            import multiprocessing, sys
            import limnograph

            def work(number):
                if multiprocessing.get_start_method() == "spawn":
                    limnograph.init("pool", sys.argv[1], flush_interval_s=3600)
                limnograph.log.info("child %d", number)

            if __name__ == "__main__":
                limnograph.init("pool", sys.argv[1], flush_interval_s=3600)
                multiprocessing.set_start_method(sys.argv[2])
                children = [multiprocessing.Process(target=work, args=(n,)) for n in range(3)]
                for child in children: child.start()
                for child in children: child.join()
                limnograph.log.info("parent")
            """
        )
    )
    done = subprocess.run(
        [sys.executable, str(script), peer.uri, method],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found = sorted(row["msg"] for row in peer.rows("log"))
    assert found == ["child 0", "child 1", "child 2", "parent"]


@pytest.mark.parametrize("timeout_s", [None, "x", float("nan"), float("inf"), -1, 10**400])
def test_a_wait_that_is_no_time_raises_nothing(peer: Peer, timeout_s: Any) -> None:
    """
    ``flush`` and ``shutdown`` are called where an exception of ours would be the application's.
    """
    assert limnograph.init("svc", peer.uri, state_dir="none", system_metrics=False)

    assert limnograph.flush(timeout_s) in {True, False}
    assert limnograph.shutdown(timeout_s) in {True, False}
