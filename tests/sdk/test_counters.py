"""Counters and gauges: aggregated in the object, one row for each flush in which they changed."""

import _thread
import copy
import math
import os
import pickle
import threading
from typing import Any

import pytest

import limnograph
from limnograph import counter, gauge, log, metric, span
from limnograph.limits import LABELS_MAX
from tests.sdk.peer import Peer

ORDERS = counter("orders")
BYTES = counter("sent", "bytes")
DEPTH = gauge("queue.depth", "jobs")


def told(peer: Peer) -> list[tuple[str, float, dict[str, Any]]]:
    """Flush and return what arrived since the last call."""
    assert limnograph.flush(5)
    rows = [(row["name"], row["value"], row["properties"]) for row in peer.rows("metrics")]
    with peer.lock:
        peer.blocks.clear()
    return sorted(rows, key=repr)


def test_a_counter_tells_its_increase_at_each_flush_in_which_it_grew(sdk: Peer) -> None:
    """
    One row however often it was called; none when nothing happened.
    """
    for _ in range(1000):
        ORDERS.inc()
    ORDERS.inc(5)
    BYTES.add(0.25)
    BYTES.add(2)
    assert limnograph.flush(5)
    (row,) = [row for row in sdk.rows("metrics") if row["name"] == "orders"]
    assert (row["value"], row["unit"], row["target"], row["file"]) == (
        1005,
        "1",
        __name__,
        __file__,
    )
    assert told(sdk) == [("orders", 1005.0, {}), ("sent", 2.25, {})]
    assert told(sdk) == []
    ORDERS.inc()
    assert told(sdk) == [("orders", 1.0, {})]


def test_a_gauge_tells_its_last_value(sdk: Peer) -> None:
    """
    Set or changed by a difference; a flush without either makes no row.
    """
    DEPTH.set(7)
    DEPTH.add(-3)
    DEPTH.add(0.5)
    assert told(sdk) == [("queue.depth", 4.5, {})]
    assert told(sdk) == []
    DEPTH.set(4.5)
    assert told(sdk) == [("queue.depth", 4.5, {})]
    DEPTH.set(math.inf)
    assert told(sdk) == [("queue.depth", math.inf, {})]


def test_labels_are_parts_of_a_counter_each_with_its_own_row(sdk: Peer) -> None:
    """
    The same properties are the same part, in whatever order and of whatever type they come.
    """
    found = ORDERS.labels(shop="north", paid=True)
    assert found is ORDERS.labels(paid="true", shop="north")
    assert found is ORDERS.labels(shop="north").labels(paid=True, gone=None)
    assert ORDERS.labels(gone=None) is ORDERS.labels() is ORDERS
    found.inc(2)
    ORDERS.inc(3, shop="south")
    DEPTH.set(1, shop="south")
    DEPTH.add(4, shop="south")
    assert told(sdk) == [
        ("orders", 2.0, {"shop": "north", "paid": "true"}),
        ("orders", 3.0, {"shop": "south"}),
        ("queue.depth", 5.0, {"shop": "south"}),
    ]


def test_surplus_label_sets_share_a_row_marked_as_overflow(sdk: Peer) -> None:
    """
    LABELS_MAX bounds the parts of one counter; the sum over all rows stays right.
    """
    many = counter("many")
    for number in range(LABELS_MAX + 50):
        many.inc(user=number)
    rows = told(sdk)
    assert len(rows) == LABELS_MAX + 1
    assert sum(value for _, value, _ in rows) == LABELS_MAX + 50
    assert ("many", 50.0, {"limnograph.overflow": "true"}) in rows


class Hostile:
    """An object that is no number and has no text."""

    def __float__(self) -> float:
        raise RuntimeError("no number")

    __str__ = __repr__ = __float__  # type: ignore[assignment]


@pytest.mark.parametrize("wrong", ["many", None, [], 10**400, object(), Hostile()])
def test_what_is_no_number_is_a_failure_and_changes_nothing(sdk: Peer, wrong: Any) -> None:
    """
    A wrong value harms neither the value kept nor the application.
    """
    before = limnograph.stats().failures
    ORDERS.inc(1), DEPTH.set(2)
    ORDERS.inc(wrong), DEPTH.set(wrong), DEPTH.add(wrong)
    assert limnograph.stats().failures == before + 3
    assert told(sdk) == [("orders", 1.0, {}), ("queue.depth", 2.0, {})]


@pytest.mark.parametrize("wrong", [-1, -0.5, math.nan, math.inf, -(10**30)])
def test_a_counter_only_grows(sdk: Peer, wrong: float) -> None:
    """
    What would make it smaller, or no number for ever after, is a failure.
    """
    before = limnograph.stats().failures
    ORDERS.inc(2)
    ORDERS.inc(wrong)
    assert limnograph.stats().failures == before + 1
    assert told(sdk) == [("orders", 2.0, {})]


def test_numbers_of_any_kind_are_counted(sdk: Peer) -> None:
    """
    Booleans, subclasses of int and integers beyond 64 bits are numbers.
    """

    class Amount(int):
        pass

    ORDERS.inc(True), ORDERS.inc(Amount(4)), ORDERS.inc(2**63 - 1), ORDERS.inc(2**70)
    assert told(sdk) == [("orders", float(2**70 + 2**63 + 4), {})]


def test_labels_without_text_are_labels_all_the_same(sdk: Peer) -> None:
    """
    An object whose str() raises names its part by that error.
    """
    ORDERS.inc(1, who=Hostile())
    ((_, value, properties),) = told(sdk)
    assert value == 1.0
    assert properties == {"who": "<Hostile: str() raised RuntimeError>"}


def test_threads_lose_no_count(sdk: Peer) -> None:
    """
    Concurrent increments while others flush add up exactly.
    """
    threads = [
        threading.Thread(target=lambda: [ORDERS.inc() for _ in range(2000)]) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    total = sum(value for _, value, _ in told(sdk))
    for thread in threads:
        thread.join()
    total += sum(value for _, value, _ in told(sdk))
    assert total == 40_000


def test_a_program_that_only_counts_is_flushed_by_itself(peer: Peer) -> None:
    """
    Neither logs nor spans are needed for the threads to start.
    """
    arrived = threading.Event()

    def script(_peer: Peer, _number: int) -> tuple[int, dict[str, str]]:
        arrived.set()
        return 200, {}

    peer.script = script
    limnograph.init("shop", peer.uri, flush_interval_s=0.05)
    ORDERS.inc()
    assert arrived.wait(30)


def test_nothing_is_counted_while_nothing_is_recorded(peer: Peer) -> None:
    """
    Libraries may count freely; only what happens after init is told.
    """
    ORDERS.inc(100), DEPTH.set(100), ORDERS.inc(1, a=1)
    limnograph.init("shop", peer.uri, flush_interval_s=30)
    ORDERS.inc()
    assert told(peer) == [("orders", 1.0, {})]


def test_a_counter_made_in_a_loop_is_one_counter(sdk: Peer) -> None:
    """
    Calls from one place with one name return one object; a counter and a gauge are two.
    """
    assert len({counter(name) for name in ("a", "b", "a", "b")}) == 2
    assert len({make("a") for make in (counter, gauge)}) == 2
    assert counter(5).name == "5"  # type: ignore[arg-type]
    assert len(gauge("n" * 1000).name) == 255
    assert counter(["n"]).name == "['n']"  # type: ignore[arg-type]


def test_a_thread_without_a_python_frame_may_count_and_make_counters(sdk: Peer) -> None:
    """
    A thread whose function is ours has no caller to look up.
    """
    _thread.start_new_thread(counter, ("frameless",))
    _thread.start_new_thread(ORDERS.inc, (3,))
    total = 0.0
    while not total:
        total = sum(value for name, value, _ in told(sdk) if name == "orders")
    assert total == 3.0


def test_a_forked_child_counts_from_nothing(peer: Peer) -> None:
    """
    What the parent had not told yet arrives once, from the parent; the child tells its own.
    """
    limnograph.init("shop", peer.uri, flush_interval_s=30)
    mine = limnograph.process_id()
    ORDERS.inc(10), DEPTH.set(5)
    child = os.fork()
    if child == 0:
        ORDERS.inc(1), DEPTH.add(2)
        os._exit(0 if limnograph.flush(10) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert limnograph.flush(5)
    rows = peer.rows("metrics")
    values = {(row["name"], row["block"].process_id == mine): row["value"] for row in rows}
    assert values == {
        ("orders", True): 10.0, ("queue.depth", True): 5.0,
        ("orders", False): 1.0, ("queue.depth", False): 2.0,
    }  # fmt: skip


def test_copies_are_the_thing_itself_and_pickles_are_of_its_name() -> None:
    """
    Objects of the application may hold instruments and the log, and be copied or sent.
    """
    part = ORDERS.labels(shop="north")
    for made in (ORDERS, part, DEPTH, metric("values"), span("work"), log):
        assert copy.copy(made) is made
        assert copy.deepcopy({"held": [made]})["held"][0] is made
    for made in (ORDERS, DEPTH, metric("values", "ms"), span("work")):
        again = pickle.loads(pickle.dumps(made))
        assert (type(again), again.name, again.unit) == (type(made), made.name, made.unit)
        assert (again.target, again.file, again.line) == (made.target, made.file, made.line)
    assert pickle.loads(pickle.dumps(part)).properties == {"shop": "north"}
    assert pickle.loads(pickle.dumps(log)) is log
