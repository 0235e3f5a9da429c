"""Bounded memory: what is over a limit is dropped, counted, and told to the receiver."""

import os
import threading

import pytest

import limnograph
from limnograph import Limits, log, metric, recorder, span
from limnograph.limits import EVENTS_GRANT, NAME_CHARS_MAX, SITE_CHARS_MAX, SITES_MAX
from tests.sdk.peer import Peer


def start(peer: Peer, limits: Limits) -> None:
    """Start the SDK so that nothing is drained except by flush."""
    limnograph.init("shop", peer.uri, flush_interval_s=3600, limits=limits)


def test_events_over_the_limit_are_dropped_and_told(peer: Peer) -> None:
    """
    Recorded = arrived + told as dropped, exactly; half-full hurries the flusher, so hold it.
    """
    start(peer, Limits(events_queued_max=2 * EVENTS_GRANT, outbox_requests_max=0))
    for number in range(10_000):
        log.info("event %d", number)
    limnograph.flush(5)
    stats = limnograph.stats()
    assert sum(stats.dropped.values()) == 10_000
    assert set(stats.dropped) <= {"buffer_full", "outbox_full"}


def test_the_budget_is_shared_by_all_threads(peer: Peer) -> None:
    """
    Many threads together queue no more than one may.
    """
    start(peer, Limits(events_queued_max=4 * EVENTS_GRANT, outbox_requests_max=0))
    threads = [
        threading.Thread(target=lambda: [log.info("x") for _ in range(3000)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.waiting() <= (4 + len(threads)) * EVENTS_GRANT  # and a buffer of each thread
    limnograph.flush(5)
    assert sum(limnograph.stats().dropped.values()) == 24_000


def test_text_over_the_limit_is_dropped_and_told(peer: Peer) -> None:
    """
    Large messages reach the bound on characters long before the bound on events.
    """
    start(peer, Limits(text_bytes_queued_max=1_000_000))
    message = "x" * 50_000
    for number in range(100):
        log.info(f"{number} {message}")
        assert recorder.waiting() <= 20
    log.info("small")
    metric("m").record(1)
    assert not limnograph.flush(5) or limnograph.stats().dropped == {}
    rows = peer.rows("log")
    assert rows[-1]["msg"] == "small"
    assert len(rows) + limnograph.stats().dropped.get("buffer_full", 0) == 101
    assert peer.dropped("log") + len(rows) == 101
    for number in range(5):
        log.info(f"{number} {message}")
    limnograph.flush(5)
    assert len(peer.rows("log")) == len(rows) + 5


def test_a_full_outbox_refuses_newcomers_and_tells(peer: Peer) -> None:
    """
    What was recorded first is kept; the next blocks tell how much is missing.
    """
    busy = True
    peer.script = lambda _peer, _number: (503, {}) if busy else (200, {})
    start(peer, Limits(outbox_requests_max=2))
    for number in range(5):
        log.info("%d", number)
        limnograph.flush(0.01)
    assert limnograph.stats().dropped == {"outbox_full": 3}
    assert limnograph.stats().waiting_requests == 2
    busy = False
    assert limnograph.flush(10)
    log.info("after")
    assert limnograph.shutdown(10)
    assert [row["msg"] for row in peer.rows("log")] == ["0", "1", "after"]
    assert peer.dropped("log") == 3
    (row,) = peer.rows("metrics")
    assert row["value"] == 3.0
    assert row["properties"] == {"stream": "log", "reason": "outbox_full"}


def test_outbox_bytes_are_bounded(peer: Peer) -> None:
    """
    OUTBOX_BYTES_MAX counts the encoded bytes.
    """
    peer.script = lambda _peer, _number: (503, {})
    start(peer, Limits(outbox_bytes_max=10))
    log.info("x")
    limnograph.flush(0)
    assert limnograph.stats().dropped == {"outbox_full": 1}
    assert limnograph.stats().waiting_bytes == 0


def test_blocks_are_cut_by_rows_and_bytes_and_requests_by_both(peer: Peer) -> None:
    """
    Every bound on a block or a request only makes more of them.
    """
    start(
        peer,
        Limits(block_rows_max=100, block_bytes_max=20_000, request_blocks_max=3,
               request_bytes_max=2_000),
    )  # fmt: skip
    for number in range(1000):
        log.info("%d %s", number, "y" * (1000 if number < 100 else 1))
        with span("s"):
            metric("m").record(number)
    assert limnograph.flush(10)
    assert [row["msg"].split()[0] for row in peer.rows("log")] == [str(n) for n in range(1000)]
    assert [row["value"] for row in peer.rows("metrics")] == list(range(1000))
    assert len(peer.rows("cpu")) == 1000
    sizes = [content["rows"] for _, content in peer.blocks.values()]
    assert max(sizes) == 100
    assert len(sizes) > 30
    offsets = [block.object_offset for block, content in peer.blocks.values()
               if content["kind"] == "log"]  # fmt: skip
    assert offsets == sorted(offsets)
    from limnograph.wire.envelope import parse_request

    assert all(len(parse_request(body).blocks) <= 3 for body in peer.bodies)


def test_call_sites_count_as_bytes_of_a_block(peer: Peer) -> None:
    """
    Long templates and logger names stand in the block's header, which readers bound too: they are
    cut off, and what is left of them makes more blocks rather than one that nobody can read.
    """
    start(peer, Limits(block_bytes_max=200_000))
    for number in range(300):
        logger = f"{number}" + "l" * 5000
        recorder.record_foreign(4, ("f" * 5000, number, logger), "\0" * 2000, (), {})
    assert limnograph.flush(10)
    rows = peer.rows("log")
    assert [row["msg"] for row in rows] == ["\0" * 2000] * 300
    assert {len(row["name"]) for row in rows} == {SITE_CHARS_MAX}
    assert {len(row["file"]) for row in rows} == {SITE_CHARS_MAX}
    assert {len(row["target"]) for row in rows} == {NAME_CHARS_MAX}
    assert max(len(content["sites"]) for _, content in peer.blocks.values()) < 20


@pytest.mark.skipif(getattr(recorder, "NATIVE", False), reason="its columns take nothing else")
def test_one_event_that_cannot_be_encoded_costs_itself_only(sdk: Peer) -> None:
    """
    A fault in one row is counted; its neighbours arrive.
    """
    from limnograph.recorder.state import LOCAL

    for number in range(10):
        log.info("%d", number)
    broken = list(LOCAL.log[4])
    broken[2] = "no level"
    LOCAL.log[4] = tuple(broken)
    limnograph.flush(5)
    assert [row["msg"] for row in sdk.rows("log")] == [str(n) for n in range(10) if n != 4]
    assert sdk.dropped("log") == 1


def test_short_threads_leave_nothing_behind(sdk: Peer) -> None:
    """
    The events of a thread that has ended arrive, and its buffers are let go.
    """
    for number in range(50):
        thread = threading.Thread(target=log.info, args=("%d", number))
        thread.start()
        thread.join()
    assert recorder.threads() >= 50
    assert limnograph.flush(5)
    assert len(sdk.rows("log")) == 50
    assert limnograph.flush(5)
    assert recorder.threads() < 5


@pytest.mark.slow
def test_many_sites_are_bounded(peer: Peer) -> None:
    """
    Code made on the fly is recorded too, without a memory that grows for ever.
    """
    surplus = 300
    child = os.fork()
    if child == 0:  # what it remembers must not be remembered by the other tests
        start(peer, Limits())
        for number in range(SITES_MAX + surplus):
            exec(f"log.info('made {number}')", {"log": log, "__name__": "made"})
            if number % 10_000 == 0:
                limnograph.flush(30)
        complete = limnograph.flush(30)
        os._exit(0 if complete and recorder.log_sites() <= SITES_MAX else 1)
    assert os.waitpid(child, 0)[1] == 0
    rows = peer.rows("log")
    assert [row["msg"] for row in rows] == [f"made {n}" for n in range(SITES_MAX + surplus)]
    assert all(row["name"] == row["msg"] for row in rows)
    assert all(row["target"] == "made" for row in rows)


@pytest.mark.slow
def test_a_full_table_of_sites_costs_no_event(peer: Peer) -> None:
    """
    Long templates fill it long before SITES_MAX; then events carry their sites themselves.
    """
    count = 4200
    child = os.fork()
    if child == 0:
        start(peer, Limits())
        for number in range(count):
            template = f"{number} " + "\N{BALLOON}" * SITE_CHARS_MAX
            exec(f"log.info({template!r})", {"log": log, "__name__": "long"})
            if number % 500 == 0:
                limnograph.flush(30)
        log.info("late %d", 7, shop=1)
        log.info(f"dynamic {number}")
        metric("late", "ms").record(1.5, shop=2)
        metric("late", "ms").record(2)
        os._exit(0 if limnograph.flush(30) else 1)
    assert os.waitpid(child, 0)[1] == 0
    rows = peer.rows("log")
    assert [int(row["msg"].split()[0]) for row in rows[:count]] == list(range(count))
    assert {len(row["name"]) for row in rows[:count]} == {SITE_CHARS_MAX}
    late, dynamic = rows[count:]
    assert (late["msg"], late["name"], late["target"]) == ("late 7", "late %d", __name__)
    assert (late["properties"], late["file"]) == ({"shop": "1"}, __file__)
    assert (dynamic["msg"], dynamic["name"]) == (f"dynamic {count - 1}", "")
    found = [(row["value"], row["name"], row["unit"]) for row in peer.rows("metrics")]
    assert found == [(1.5, "late", "ms"), (2.0, "late", "ms")]
