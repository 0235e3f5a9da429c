"""Spans of a process by kind: those of threads, of coroutines, and of traces, each in its lane."""

from datetime import timedelta

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.errors import NotFound
from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.sql.errors import SqlError
from tests.assets.decode.otlp.messages import made

NOON = 1_760_011_200_000_000_000

SPANS = [
    {"id": 2, "parent": 1, "depth": 1, "begin": 10, "time": 10, "duration": 30, "coroutine": 1},
    {"id": 3, "parent": 1, "depth": 1, "begin": 20, "time": 20, "duration": 30, "coroutine": 1},
    {"id": 1, "begin": 0, "time": 0, "duration": 100, "site": 1},
]
"""A thread that runs two coroutines at once."""


@pytest.fixture(params=["tail", "table", "both"])
def process(request, filled, new_sender):
    """Return the process of ``SPANS``, with rows in the table, in the tail, or here and there."""
    sender = new_sender(tag="cpu", stream_properties={"thread-name": "main", "thread-id": "7"})
    filled.write(sender, SPANS[:2])
    if request.param == "tail":
        filled.write(sender, SPANS[2:])
        return sender.process_id
    for view in ("thread_spans", "async_events"):
        materialize(filled.lake, view_named(view), filled.tables, process_id=sender.process_id)
    filled.write(sender, SPANS[2:], shift=timedelta(hours=1))
    if request.param == "table":
        for view in ("thread_spans", "async_events"):
            materialize(filled.lake, view_named(view), filled.tables, process_id=sender.process_id)
    return sender.process_id


def lanes(asked, call: str) -> list[tuple[object, ...]]:
    """Return lane and id of the spans of a call."""
    return asked.rows(f"SELECT thread_name, id FROM {call} ORDER BY id").rows()


def test_each_span_of_a_thread_is_of_one_kind(asked, process):
    """
    Those of coroutines are 'async', in a lane of their own; 'both' has each span once.
    """
    call = f"process_spans('{process}', "
    assert lanes(asked, call + "'thread')") == [("main-7", 1)]
    assert lanes(asked, call + "'async')") == [("async", 2), ("async", 3)]
    both = lanes(asked, call + "'both')")
    assert both == [("main-7", 1), ("async", 2), ("async", 3)]


def test_conditions_on_the_lane_see_the_lane(asked, process):
    """
    What the table keeps of a span of a coroutine, its thread, is not what the lane is called.
    """
    call = f"process_spans('{process}', 'both')"
    assert lanes(asked, f"{call} WHERE thread_name = 'async'") == [("async", 2), ("async", 3)]
    assert lanes(asked, f"{call} WHERE stream_id = ''") == [("async", 2), ("async", 3)]
    assert lanes(asked, f"{call} WHERE thread_name = 'main-7'") == [("main-7", 1)]


def test_a_limit_counts_spans_of_the_kind(asked, process):
    """
    Spans of other kinds do not use it up.
    """
    assert asked.rows(f"SELECT id FROM process_spans('{process}', 'thread') LIMIT 1").height == 1
    assert asked.rows(f"SELECT count(*) FROM process_spans('{process}', 'async')").rows() == [(2,)]


def test_async_events_are_begins_and_ends_of_spans_of_coroutines(asked, process):
    """
    Two rows a span, in the reference's columns; those of plain calls are no asynchronous ones.
    """
    rows = asked.rows(
        "SELECT event_type, span_id, parent_span_id, depth, name, time FROM"
        f" view_instance('async_events', '{process}') ORDER BY time"
    )
    assert rows.drop("time").rows() == [
        ("begin", 2, 1, 1, "one"),
        ("begin", 3, 1, 1, "one"),
        ("end", 2, 1, 1, "one"),
        ("end", 3, 1, 1, "one"),
    ]
    times = rows["time"].dt.epoch("ns")
    assert [time - times[0] for time in times] == [0, 10, 30, 40]


def test_trace_spans_of_a_process_have_the_same_columns(asked, filled, new_sender):
    """
    Ids are numbers, and what a trace span does not have is NULL.
    """
    message = ResourceSpans()
    for number, parent in ((1, 0), (2, 1)):
        message.scope_spans.add().spans.add(
            trace_id=bytes(range(16)),
            span_id=number.to_bytes(8, "big"),
            parent_span_id=parent.to_bytes(8, "big") if parent else b"",
            name=f"span {number}",
            start_time_unix_nano=NOON + number,
            end_time_unix_nano=NOON + 10,
        )
    block = made(message, NOON, NOON + 10, 2)
    sender = new_sender(tag="trace", format="otlp/v1/traces")
    filled.write(sender, block)
    call = f"process_spans('{sender.process_id}', 'trace')"
    rows = asked.rows(
        f"SELECT thread_name, id, parent, name, duration, line FROM {call}"
        f" WHERE begin > to_timestamp_nanos({NOON}) ORDER BY id"
    )
    assert rows.rows() == [
        ("trace", 1, 0, "span 1", 9, None),
        ("trace", 2, 1, "span 2", 8, None),
    ]
    assert asked.rows(f"SELECT * FROM {call}").columns[:4] == [
        "stream_id",
        "thread_name",
        "id",
        "parent",
    ]


@pytest.mark.parametrize("kind", ["thread", "async", "both", "trace"])
def test_a_process_that_is_not_there_has_no_spans_of_any_kind(asked, kind):
    """
    It is an error, not an empty answer.
    """
    with pytest.raises(NotFound, match="no process"):
        asked.rows(f"SELECT * FROM process_spans('00000000-0000-0000-0000-000000000001', '{kind}')")
    with pytest.raises(SqlError, match="not a process id"):
        asked.rows(f"SELECT * FROM process_spans('x', '{kind}')")
