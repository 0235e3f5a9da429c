"""Spans measured elsewhere: their times, parents and places."""

import time

import pytest

import limnograph
from limnograph import record_span, recorder, span
from tests.sdk.peer import Peer

SECOND = 1_000_000_000


def test_a_finished_span_arrives_with_its_own_times(sdk: Peer) -> None:
    """
    Begin and end are Unix time; status, properties and the caller's place are recorded.
    """
    end_ns = time.time_ns()
    own = record_span("fetch", end_ns - SECOND, end_ns, failed=True, url="x", bytes=7)
    assert limnograph.flush(5)
    (row,) = sdk.rows("cpu")
    assert row["id"] == own
    assert row["duration"] == pytest.approx(SECOND, rel=1e-4)
    assert (row["parent"], row["depth"], row["status"]) == (0, 0, 2)
    assert row["properties"] == {"url": "x", "bytes": "7"}
    assert (row["name"], row["target"], row["file"]) == ("fetch", __name__, __file__)
    block = row["block"]
    assert abs(block.end_time_ns - end_ns) < SECOND // 10
    assert abs(block.begin_time_ns - (end_ns - SECOND)) < SECOND // 10


def test_a_span_from_before_the_machine_was_started_keeps_its_times(sdk: Peer) -> None:
    """
    What another machine measured may be older than our clock, which counts from the boot.
    """
    end_ns = time.time_ns() - time.monotonic_ns() - 3600 * SECOND
    assert record_span("old", end_ns - SECOND, end_ns)
    assert limnograph.flush(5)
    (row,) = sdk.rows("cpu")
    assert row["duration"] == pytest.approx(SECOND, rel=1e-4)
    assert abs(row["block"].begin_time_ns - (end_ns - SECOND)) < SECOND // 10
    assert abs(row["block"].end_time_ns - end_ns) < SECOND // 10


def test_finished_spans_keep_their_order_and_distance(sdk: Peer) -> None:
    """
    Spans written down at different moments stand as they stood.
    """
    now_ns = time.time_ns()
    for number in range(20):
        record_span("step", now_ns + number * 1000, now_ns + number * 1000 + 500)
    assert limnograph.flush(5)
    rows = sdk.rows("cpu")
    assert [row["duration"] for row in rows] == pytest.approx([500] * 20, abs=50)
    assert [row["begin"] for row in rows[1:]] == pytest.approx([1000] * 19, abs=100)


def test_a_parent_is_a_handle_or_an_id(sdk: Peer) -> None:
    """
    The depth follows the parent's where it is known.
    """
    now_ns = time.time_ns()
    with span("outer") as outer, span("inner")() as inner:
        record_span("in the inner", now_ns, now_ns, parent=inner)
        record_span("in the outer", now_ns, now_ns, parent=outer.id)
        record_span("in none", now_ns, now_ns)
        outer_id = outer.id
    assert limnograph.flush(5)
    rows = {row["name"]: (row["parent"], row["depth"]) for row in sdk.rows("cpu")}
    assert rows["in the inner"] == (inner.id, 2)
    assert rows["in the outer"] == (outer_id, 1)
    assert rows["in none"] == (0, 0)


def test_children_may_be_written_before_their_parent(sdk: Peer) -> None:
    """
    Other libraries tell of a span when it is over: an id taken before names it until then.
    """
    now_ns = time.time_ns()
    parent = recorder.reserve_span_id()
    for name, own, known, depth in (("child", 0, parent, 1), ("parent", parent, 0, 0)):
        recorder.record_foreign_span(
            (name, "their.tracer"), now_ns, now_ns + 10, failed=False,
            parent=known, depth=depth, own_id=own, properties={"k": object},
        )  # fmt: skip
    assert limnograph.flush(5)
    rows = {row["name"]: row for row in sdk.rows("cpu")}
    assert rows["child"]["parent"] == rows["parent"]["id"] == parent
    assert rows["parent"]["target"] == "their.tracer"
    assert rows["parent"]["properties"] == {"k": "<class 'object'>"}


def test_what_makes_no_sense_is_counted_or_set_right(sdk: Peer) -> None:
    """
    An end before its begin counts as the begin; what is no time is a failure, never an exception.
    """
    now_ns = time.time_ns()
    assert record_span("back", now_ns, now_ns - 5)
    assert record_span("none", None, now_ns) == 0  # type: ignore[arg-type]
    assert record_span("text", "x", now_ns) == 0  # type: ignore[arg-type]
    assert limnograph.flush(5)
    (row,) = sdk.rows("cpu")
    assert row["duration"] == 0
    assert limnograph.stats().failures >= 2


def test_nothing_is_recorded_without_init() -> None:
    """
    The id says so.
    """
    assert record_span("x", 1, 2) == 0
