"""What the C recorder finds in the memory of a dead process."""

import shutil
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.arrow_reading import read
from tests.sdk.programs import run

NATIVE: Any = pytest.importorskip("limnograph._recorder")

ROWS_MAX, BYTES_MAX = 32_768, 8 << 20
EVENTS, THREADS = 20_000, 2

DIES = """
    import os, signal, sys, threading, time
    from limnograph import _recorder as native
    native.start(6, 1 << 20, 1 << 26, sys.argv[1], None)
    print(native.ticks(), time.time_ns(), flush=True)
    METRIC, COUNTER = native.metric("latency", "ms"), native.counter("orders", "1")
    def work(which):
        for number in range(int(sys.argv[2])):
            native.LOG.info("event %d of %s", number, which, n=number)
        METRIC.record(1.5, thread=which)
        COUNTER.inc(3)
    def all_threads():
        threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(2)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    all_threads()
    for step in sys.argv[3:]:
        if step == "drain": blocks = native.drain(0, 0)
        if step == "settle": [native.settle(block[-1]) for block in blocks]
        if step == "say": print(b"".join(block[-1] for block in blocks).hex(), flush=True)
        if step == "more": all_threads()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def dead(directory: Path, *steps: str, events: int = EVENTS) -> tuple[int, int, bytes]:
    """Let a process record and die; return the origin of its clock, and the cursors it said."""
    directory.mkdir(exist_ok=True)
    out, _ = run(DIES, str(directory), str(events), *steps, returncode=-signal.SIGKILL)
    ticks, unix_ns, *cursors = out.split()
    return int(ticks), int(unix_ns), bytes.fromhex("".join(cursors))


def recover(directory: Path, origin: tuple[int, int, bytes], stored: bytes = b"") -> list[Any]:
    """Return the blocks found, checked for being whole."""
    ticks, unix_ns, _ = origin
    blocks, lost = NATIVE.recover(directory, stored, ticks, unix_ns, ROWS_MAX, BYTES_MAX)
    assert lost == 0
    assert all(compressed for *_, compressed, _begin, _end, _dropped, _cursor in blocks)
    return [read(block[5]) for block in blocks]


def messages(blocks: list[Any]) -> Counter[str]:
    return Counter(text for block in blocks if block["kind"] == "log"
                   for text in block["columns"]["msg"])  # fmt: skip


def expected(events: int = EVENTS) -> Counter[str]:
    return Counter(f"event {n} of t{which}" for which in range(THREADS) for n in range(events))


def test_every_event_that_was_published_is_found(tmp_path: Path) -> None:
    """
    With its text, properties and time, whether the process had flushed or not.
    """
    origin = dead(tmp_path / "dead")
    blocks = recover(tmp_path / "dead", origin)
    assert messages(blocks) == expected()
    (metrics,) = [block for block in blocks if block["kind"] == "metrics"]
    sites = [metrics["sites"][at]["name"] for at in metrics["columns"]["site"]]
    values = sorted(zip(sites, metrics["columns"]["value"], strict=True))
    assert values == [("latency", 1.5), ("latency", 1.5), ("orders", 6.0)]
    for block in blocks:
        times = block["columns"]["time"]
        began = block["clock"]["origin_unix_ns"] + times[0]
        assert origin[1] - 1e6 < began <= began + sum(times[1:]) < time.time_ns()


def test_a_single_event_is_a_block(tmp_path: Path) -> None:
    """
    Of a single row all columns are constant and take no bytes, and that is no failure.
    """
    program = """
        import sys
        from limnograph import _recorder as native
        native.start(6, 1 << 20, 1 << 26, None, None)
        native.LOG.info("alone")
        assert len(native.drain(0, 0)) == 1 and native.failures() == 0
    """
    run(program)
    origin = dead(tmp_path / "dead", events=0)
    assert [block["kind"] for block in recover(tmp_path / "dead", origin)] == ["metrics"]


def test_what_was_taken_and_not_stored_is_found(tmp_path: Path) -> None:
    """
    A block that got no further than the dead process's memory is made again.
    """
    origin = dead(tmp_path / "dead", "drain")
    assert messages(recover(tmp_path / "dead", origin)) == expected()


def test_what_was_settled_is_not_found_again(tmp_path: Path) -> None:
    """
    Recovery goes on after the last settled row of each chunk.
    """
    origin = dead(tmp_path / "dead", "drain", "settle", events=700)
    assert recover(tmp_path / "dead", origin) == []
    origin = dead(tmp_path / "next", "drain", "settle", "more", events=700)
    assert messages(recover(tmp_path / "next", origin)) == expected(700)


def test_what_stands_in_requests_is_not_found_again(tmp_path: Path) -> None:
    """
    Between writing a request and settling its rows a process may die, too.
    """
    origin = dead(tmp_path / "dead", "drain", "say", "more", events=700)
    found = recover(tmp_path / "dead", origin, stored=origin[2])
    assert messages(found) == expected(700)


def test_nothing_in_the_directory_changes(tmp_path: Path) -> None:
    """
    Whoever dies while recovering leaves the same to the next.
    """
    origin = dead(tmp_path / "dead", events=100)
    before = {path.name: path.read_bytes() for path in (tmp_path / "dead").iterdir()}
    first, second = (recover(tmp_path / "dead", origin) for _ in range(2))
    assert messages(first) == messages(second) == expected(100)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "dead").iterdir()}


@pytest.mark.parametrize("missing", ["sites", "clock", "cells", "chunk-1"])
def test_a_missing_file_costs_what_was_in_it(tmp_path: Path, missing: str) -> None:
    """
    Never more, and never the process that recovers.
    """
    origin = dead(tmp_path / "dead", events=100)
    (tmp_path / "dead" / missing).unlink()
    ticks, unix_ns, _ = origin
    blocks, _ = NATIVE.recover(tmp_path / "dead", b"", ticks, unix_ns, ROWS_MAX, BYTES_MAX)
    assert blocks


def test_no_directory_is_an_error(tmp_path: Path) -> None:
    """
    Not an empty answer: nobody may take it for that and remove what is there.
    """
    with pytest.raises(OSError, match="cannot read"):
        NATIVE.recover(tmp_path / "none", b"", 0, 0, ROWS_MAX, BYTES_MAX)


DIES_INSIDE = """
    import os, signal, sys, threading, time
    from limnograph import _recorder as native
    native.start(6, 1 << 20, 1 << 26, sys.argv[1], None)
    print(native.ticks(), time.time_ns(), flush=True)
    outer, inner, done = (native.Span(n, "", "t", "f.py", 1) for n in ("outer", "inner", "done"))
    def work():
        with outer:
            with done: pass
            with inner:
                ready.set()
                time.sleep(60)
    ready = threading.Event()
    threading.Thread(target=work, name="worker", daemon=True).start()
    ready.wait()
    with outer:
        if sys.argv[2] == "flushed":
            for block in native.drain(0, 0): native.settle(block[-1])
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["flushed", ""])
def test_spans_that_were_open_end_with_the_process(tmp_path: Path, when: str) -> None:
    """
    They stand with the thread's others, in error, marked, and up to the last that is known.
    """
    (tmp_path / "dead").mkdir()
    out, _ = run(DIES_INSIDE, str(tmp_path / "dead"), when, returncode=-signal.SIGKILL)
    ticks, unix_ns = map(int, out.split())
    blocks, _ = NATIVE.recover(tmp_path / "dead", b"", ticks, unix_ns, ROWS_MAX, BYTES_MAX)
    found = {}
    for kind, thread, _id, name, _rows, payload, *_ in blocks:
        assert kind == "spans"
        content = read(payload)
        columns = content["columns"]
        names = [content["sites"][at]["name"] for at in columns["site"]]
        marks = [dict(row) for row in columns.get("properties", [[]] * len(names))]
        rows = zip(names, columns["status"], columns["depth"], marks, strict=True)
        found[thread] = (name, list(rows), columns)
    mark = {"process.end": "abnormal"}
    of_worker, of_main = sorted(found.values(), key=lambda thread: -len(thread[1]))
    done = [] if when else [("done", 1, 1, {})]
    assert of_worker[1] == [*done, ("outer", 2, 0, mark), ("inner", 2, 1, mark)]
    assert of_main[1] == [("outer", 2, 0, mark)]
    if not when:
        assert of_worker[0] == "worker"
        columns = of_worker[2]
        assert columns["parent"][2] == columns["id"][1]
        assert all(duration >= 0 for duration in columns["duration"])


DAMAGES = """
    import pathlib, random, shutil, sys
    from limnograph import _recorder as native
    chance = random.Random(int(sys.argv[3]))
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for _ in range(60):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        for path in target.iterdir():
            data = bytearray(path.read_bytes())
            for _ in range(chance.choice((0, 1, 3, 30))):
                at = chance.choice((chance.randrange(len(data)), chance.randrange(256)))
                data[at] = chance.choice((0, 255, chance.randrange(256)))
            path.write_bytes(data[: chance.choice((len(data), len(data), chance.randrange(9999)))])
        native.recover(target, chance.randbytes(32), 0, 0, 32768, 1 << 23)
    print("done")
"""


@pytest.mark.parametrize("seed", range(3))
def test_damaged_memory_harms_nobody(tmp_path: Path, seed: int) -> None:
    """
    Any bytes may be in the files: what can be read is read, and nothing outside of them.
    """
    if seed % 2:
        (tmp_path / "dead").mkdir()
        run(DIES_INSIDE, str(tmp_path / "dead"), "", returncode=-signal.SIGKILL)
    else:
        dead(tmp_path / "dead", events=600)
    out, _ = run(DAMAGES, str(tmp_path / "dead"), str(tmp_path / "damaged"), str(seed))
    assert out == "done\n"
    shutil.rmtree(tmp_path / "damaged")
