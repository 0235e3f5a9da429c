"""From events to finished blocks in C: bounds, losses, times, and threads that go on recording."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from limnograph.limits import SOURCES_MAX, Limits
from limnograph.wire import container, values, zstd
from limnograph.wire.container import Clock
from tests.sdk.arrow_reading import read

NATIVE: Any = pytest.importorskip("limnograph._recorder")
ROWS_MAX = 1 << 22


@pytest.fixture(autouse=True)
def recording() -> Iterator[None]:
    """Record; what earlier tests held is gone."""
    start()
    yield
    NATIVE.stop()
    NATIVE.block_limits(Limits().block_rows_max, Limits().block_bytes_max)


def start(rows_max: int = ROWS_MAX, limits: Limits | None = None) -> None:
    """Begin anew with room for *rows_max* events."""
    limits = limits or Limits()
    NATIVE.block_limits(limits.block_rows_max, limits.block_bytes_max)
    NATIVE.start(6, rows_max, 1 << 30, None, None)


def drained() -> list[dict[str, Any]]:
    """Return the finished blocks, checked and read, with what came beside their bytes."""
    found = []
    for block in NATIVE.drain(NATIVE.ticks(), time.time_ns()):
        kind, thread, native_id, name, rows, payload, whole, begin, end, dropped, cursor = block
        payload = payload if whole else zstd.compress(payload)
        opened = container.open(payload)
        clock: Clock = opened.clock
        values.check(
            opened, nb_objects=rows, time_range_ns=(clock.unix_ns(begin), clock.unix_ns(end))
        )
        content = read(payload)
        assert (content["kind"], content["dropped"]) == (kind, dropped)
        first = "begin" if kind == "spans" else "time"
        differences = content["columns"][first]
        ticks = list(accumulate(differences, initial=clock.origin_ticks))[1:]
        found.append(
            content | {"ticks": ticks, "source": (thread, native_id, name), "cursor": cursor}
        )
        NATIVE.settle(cursor)
    return found


def in_threads(count: int, run: Callable[[int], None]) -> None:
    """Run *run* with each number below *count*, in threads of their own, to the end."""
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_nothing_is_lost_or_told_twice_while_eight_threads_record() -> None:
    """
    Flushes go on meanwhile; each thread's events keep their order.
    """
    log, metric = NATIVE.LOG, NATIVE.metric("m", "1")
    span = NATIVE.Span("work", "", "t", "f.py", 1)
    done = threading.Event()
    blocks: list[dict[str, Any]] = []

    def record(number: int) -> None:
        for at in range(2000):
            log.info("%d of %d", at, number)
            metric.record(at, thread=number)
            with span:
                pass

    def flush() -> None:
        while not done.is_set():
            blocks.extend(drained())

    flusher = threading.Thread(target=flush)
    flusher.start()
    in_threads(8, record)
    done.set()
    flusher.join()
    blocks += drained()
    rows = Counter[str]()
    for block in blocks:
        rows[block["kind"]] += block["rows"]
    assert rows == {"log": 16_000, "metrics": 16_000, "spans": 16_000}
    messages = [msg for b in blocks if b["kind"] == "log" for msg in b["columns"]["msg"]]
    for number in range(8):
        mine = [int(one.split()[0]) for one in messages if one.endswith(f" {number}")]
        assert mine == list(range(2000))
    ids = [one for b in blocks if b["kind"] == "spans" for one in b["columns"]["id"]]
    assert len(set(ids)) == 16_000
    assert set(NATIVE.dropped().values()) == {0}
    assert NATIVE.waiting() == 0


def test_rows_of_all_threads_are_in_the_order_of_their_times() -> None:
    """
    One log stream for the process, whatever thread an event is of.
    """
    in_threads(4, lambda number: [NATIVE.LOG.info("%d", number) for _ in range(300)] and None)
    (block,) = drained()
    assert block["rows"] == 1200
    assert block["ticks"] == sorted(block["ticks"])


def test_times_are_those_of_the_monotonic_clock() -> None:
    """
    Cycles are turned into ns by pairs taken around them: neither before nor after the event.
    """
    metric = NATIVE.metric("m", "1")
    metric.record(0)
    drained()
    seen = []
    for at in range(50):
        before = time.monotonic_ns()
        metric.record(at)
        seen.append((before, time.monotonic_ns()))
        time.sleep(0.001)
    (block,) = drained()
    off = [
        max(before - ticks, ticks - after, 0)
        for ticks, (before, after) in zip(block["ticks"], seen, strict=True)
    ]
    assert sorted(off)[40] < 20_000
    assert max(off) < 1_000_000


def test_the_first_flush_has_right_times_too() -> None:
    """
    The clock is marked at the start, so that there is a line before anything is recorded.
    """
    before = time.monotonic_ns()
    NATIVE.LOG.info("first")
    (block,) = drained()
    assert before - 1_000_000 <= block["ticks"][0] <= time.monotonic_ns()


def test_a_block_has_no_more_rows_than_allowed() -> None:
    """
    More become several blocks; the last of them carries the cursors of all.
    """
    start(limits=Limits(block_rows_max=10))
    for at in range(25):
        NATIVE.LOG.info("%d", at)
    blocks = drained()
    assert [block["rows"] for block in blocks] == [10, 10, 5]
    assert [bool(block["cursor"]) for block in blocks] == [False, False, True]


def test_a_block_that_is_too_large_is_cut_in_halves_until_one_row() -> None:
    """
    Bytes are counted before they are packed; a single row may be larger.
    """
    start(limits=Limits(block_bytes_max=20_000))
    for at in range(6):
        NATIVE.LOG.info("%d %s", at, "x" * 9000)
    NATIVE.LOG.info("y" * 50_000)
    blocks = drained()
    sizes = [block["rows"] for block in blocks]
    assert sum(sizes) == 7
    assert all(size <= 2 for size in sizes)
    assert sizes[-1] == 1


def test_what_is_dropped_is_told_by_one_block() -> None:
    """
    Events beyond the room are counted, and the count arrives exactly once.
    """
    start(rows_max=1000)
    for at in range(5000):
        NATIVE.LOG.info("%d", at)
    (first,) = drained()
    NATIVE.LOG.info("after")
    (second,) = drained()
    assert first["rows"] + first["dropped"] == 5000
    assert second["dropped"] == 0
    assert NATIVE.dropped()["log"] == first["dropped"] > 0


def test_losses_elsewhere_are_told_by_the_next_block() -> None:
    """
    A request that the receiver refused is told as dropped; of a thread that records no more, by
    another one's block.
    """
    NATIVE.tell("metrics", 0, 7)
    NATIVE.tell("spans", 999, 5)
    span = NATIVE.Span("work", "", "t", "f.py", 1)
    assert drained() == []
    NATIVE.metric("m", "1").record(1)
    with span:
        pass
    assert {block["kind"]: block["dropped"] for block in drained()} == {"metrics": 7, "spans": 5}
    with pytest.raises(ValueError, match="no kind"):
        NATIVE.tell("images", 0, 1)


def test_each_thread_has_its_own_stream_of_spans() -> None:
    """
    With the thread's ids and its name.
    """
    span = NATIVE.Span("work", "", "t", "f.py", 1)
    seen = {}

    def work() -> None:
        with span:
            seen[threading.current_thread().name] = threading.get_native_id()

    for name in ("one", "zwei ä"):
        thread = threading.Thread(target=work, name=name)
        thread.start()
        thread.join()
    found = {block["source"][2]: block["source"][1] for block in drained()}
    assert found == seen


def test_spans_still_open_are_listed_with_their_begin() -> None:
    """
    A block of a thread's spans says which of them go on.
    """
    span = NATIVE.Span("work", "", "t", "f.py", 1)
    before = time.monotonic_ns()
    with span() as outer:
        with span:
            pass
        (block,) = drained()
        (opened,) = block["open_spans"]
        assert (opened["id"], opened["parent"], opened["depth"]) == (outer.id, 0, 0)
        assert before - 1_000_000 <= opened["begin_ticks"] <= time.monotonic_ns()
    drained()


def test_a_hurry_ends_the_wait() -> None:
    """
    Also one that came before it; without one the wait ends by itself.
    """
    NATIVE.hurry()
    assert NATIVE.wait(60.0) is True
    assert NATIVE.wait(0.0) is False
    timer = threading.Timer(0.05, NATIVE.hurry)
    timer.start()
    assert NATIVE.wait(60.0) is True
    timer.join()


def test_half_of_the_room_hurries() -> None:
    """
    The flusher does not wait for its interval when events come fast.
    """
    start(rows_max=8192)
    NATIVE.wait(0.0)
    for at in range(7000):
        NATIVE.LOG.info("%d", at)
    assert NATIVE.wait(0.0) is True


def test_cursors_that_mean_nothing_are_passed_over() -> None:
    """
    Of an earlier session, or cut off.
    """
    NATIVE.LOG.info("x")
    NATIVE.settle(b"\xff" * 16 + b"\x01" * 5)
    assert [block["rows"] for block in drained()] == [1]


def record_some() -> None:
    """Record a few chunks of log events."""
    for at in range(5000):
        NATIVE.LOG.info("%d", at, region="eu")


def drain_and_forget() -> None:
    """Drain as who fails before it settles anything."""
    from limnograph.recorder import native

    native.drain(Clock(1_000_000_000, NATIVE.ticks(), time.time_ns()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere memory has no files")
@pytest.mark.parametrize("drain", [drained, drain_and_forget])
def test_memory_is_used_again(drain: Callable[[], object], tmp_path: Path) -> None:
    """
    When its rows are settled, or those who took them failed and took the next ones.
    """
    NATIVE.start(6, ROWS_MAX, 1 << 30, str(tmp_path), None)

    def chunks() -> int:
        return len(list(tmp_path.glob("chunk-*")))

    for _ in range(3):
        record_some()
        drain()
    before = chunks()
    assert before > 0
    for _ in range(20):
        record_some()
        drain()
    assert chunks() <= before + 2


def test_an_uncompressed_block_is_compressed_by_the_seam() -> None:
    """
    Where the machine has no libzstd.
    """
    from limnograph.recorder import native

    NATIVE.LOG.info("plain")
    (item,) = NATIVE.drain(NATIVE.ticks(), time.time_ns())
    raw = zstd.decompress(item[5], 1 << 20, "") if item[6] else item[5]
    again = (*item[:5], raw, False, *item[7:])
    block = native._block(*again)
    assert read(block.payload)["columns"]["msg"] == ["plain"]
    assert list(block.cursor)


def test_streams_of_threads_remembered_are_bounded() -> None:
    """
    A program that starts threads for ever does not fill the memory with their streams.
    """
    from limnograph.recorder import native

    native._SOURCES.clear()
    first = native._source("spans", 1, 1, "")
    assert native._source("spans", 1, 1, "") is first
    for thread in range(2, SOURCES_MAX + 2):
        native._source("spans", thread, thread, "")
    assert len(native._SOURCES) == SOURCES_MAX
    assert native._source("spans", 1, 1, "") is not first
    native._SOURCES.clear()
