"""Spans that have begun and not ended: there without an end, then once with it, in any order."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.limits import OPEN_SPAN_LOOKS_MAX
from query_engine.tables.begun import stretches
from tests.assets.conftest import T0_NS

HOUR = timedelta(hours=1)
SPANS = view_named("thread_spans")


def span(id_: int, begin: int, duration: int, parent: int = 0) -> dict[str, int]:
    """Return a completed span."""
    return {"id": id_, "begin": begin, "duration": duration, "parent": parent}


def begun(id_: int, begin: int, parent: int = 0) -> dict[str, int]:
    """Return a span as a block lists it that is open."""
    return {"id": id_, "parent": parent, "depth": int(parent > 0), "site": 1, "begin_ticks": begin}


@pytest.fixture
def thread(new_sender):
    """Return a sender of the spans of a thread."""
    return new_sender(tag="cpu")


@pytest.fixture
def block(make_block):
    """Return a function from place in the stream, spans, and open spans to a block."""

    def make(offset: int, spans, open_spans=()):
        return make_block("cpu", spans, open_spans=open_spans, object_offset=offset)

    return make


FIRST = (0, [span(2, 10, 20, parent=1)], [begun(1, 0), begun(3, 40, parent=1)])
SECOND = (1, [span(3, 40, 60, parent=1)], [begun(1, 0)])
THIRD = (2, [span(1, 0, 1000)], [])


def seen(asked, thread, **how) -> list[tuple[object, ...]]:
    """Return id, duration and name of the spans of the process."""
    return asked.rows(
        f"SELECT id, duration, name FROM process_spans('{thread.process_id}', 'both') ORDER BY id",
        **how,
    ).rows()


@pytest.mark.parametrize("built", [(), (1,), (1, 2, 3)])
def test_a_span_is_open_until_its_end_arrives(asked, filled, thread, block, built):
    """
    One row at each moment, wherever the rows are, and in later hours too.
    """
    expected = [
        [(1, None, "two"), (2, 20, "one"), (3, None, "two")],
        [(1, None, "two"), (2, 20, "one"), (3, 60, "one")],
        [(1, 1000, "one"), (2, 20, "one"), (3, 60, "one")],
    ]
    for number, made in enumerate((FIRST, SECOND, THIRD), 1):
        filled.write(thread, block(*made), shift=HOUR * number)
        if number in built:
            materialize(filled.lake, SPANS, filled.tables, process_id=thread.process_id)
        assert seen(asked, thread) == expected[number - 1]


def test_an_older_block_that_arrives_late_opens_nothing(asked, filled, thread, block):
    """
    What counts is the last block that the thread recorded, not the last that arrived.
    """
    filled.write(thread, block(*THIRD))
    filled.write(thread, block(*FIRST))
    assert seen(asked, thread) == [(1, 1000, "one"), (2, 20, "one")]


@pytest.mark.parametrize("built", [False, True])
def test_an_end_that_another_thread_records_closes_the_span(asked, filled, thread, block, built):
    """
    The block that lists it as open is still the newest of its own thread.
    """
    other = replace(thread, stream_id=str(uuid.UUID(int=7)))
    filled.write(thread, block(*FIRST))
    filled.write(other, block(0, [span(3, 40, 60, parent=1)]))
    if built:
        materialize(filled.lake, SPANS, filled.tables, process_id=thread.process_id)
    assert [row[:2] for row in seen(asked, thread)] == [(1, None), (2, 20), (3, 60)]
    own = f"SELECT id FROM view_instance('thread_spans', '{thread.stream_id}') ORDER BY id"
    assert asked.rows(own).rows() == [(1,), (2,)]


def test_a_span_that_ended_while_its_block_was_written_is_not_open(asked, filled, thread, block):
    """
    The list is made a moment after the rows.
    """
    filled.write(thread, block(0, [span(1, 0, 10)], [begun(1, 0)]))
    assert seen(asked, thread) == [(1, 10, "one")]


def test_an_open_span_lasts_to_the_end_of_any_range(asked, filled, thread, block):
    """
    It overlaps each range that does not end before its begin, and conditions see a NULL.
    """
    filled.write(thread, block(*FIRST))

    def ids(begin: int, end: int) -> list[int]:
        rows = seen(asked, thread, begin_ns=T0_NS + begin, end_ns=T0_NS + end)
        return [row[0] for row in rows]

    assert ids(5, 39) == [1, 2]
    assert ids(5_000_000_000, 6_000_000_000) == [1, 3]
    call = f"process_spans('{thread.process_id}', 'thread')"
    rows = asked.rows(f'SELECT id, status FROM {call} WHERE "end" IS NULL ORDER BY begin')
    assert rows.rows() == [(1, "UNSET"), (3, "UNSET")]
    assert asked.rows(f'SELECT count(*) AS n FROM {call} WHERE "end" IS NULL').rows() == [(2,)]
    assert asked.rows(f"SELECT count(*) AS n FROM {call}").rows() == [(3,)]
    latest = asked.rows(f"SELECT id FROM {call} ORDER BY begin DESC LIMIT 1")
    assert latest.rows() == [(3,)]
    stream = f"view_instance('thread_spans', '{thread.stream_id}')"
    assert asked.rows(f"SELECT id FROM {stream} ORDER BY id").rows() == [(1,), (2,), (3,)]


def test_a_flame_table_lets_open_spans_last_to_the_newest_time_known(asked, filled, thread, block):
    """
    Or to the end of the period that is asked about, when that is earlier.
    """
    filled.write(thread, block(*FIRST), block(1, [span(4, 100, 100, parent=1)], FIRST[2]))
    call = f"flame('{thread.process_id}')"
    sql = f"SELECT path, count, inclusive, self FROM {call} ORDER BY path"
    assert asked.rows(sql).rows() == [
        ("two", 1, 200, 20),
        ("two;one", 2, 120, 120),
        ("two;two", 1, 160, 160),
    ]
    assert asked.rows(sql, begin_ns=T0_NS, end_ns=T0_NS + 50).rows() == [
        ("two", 1, 50, 20),
        ("two;one", 1, 20, 20),
        ("two;two", 1, 10, 10),
    ]


def test_a_corrupt_newest_block_opens_nothing(asked, filled, thread, block):
    """
    Nothing is known of what it lists; the spans of the others stay.
    """
    filled.write(thread, block(*FIRST))
    made = block(*SECOND)
    filled.write(thread, made, payloads=[made.payload[:-9] + b"corrupted"])
    assert seen(asked, thread) == [(2, 20, "one")]


def test_the_ends_of_many_open_spans_are_looked_for_in_one_reading(asked, filled, thread, block):
    """
    However far apart they began: a block is decoded for the rows, for their ends, and, if it is
    the newest, for what is open; each block, file and byte is counted once.
    """
    opened = [begun(number, number * 10**10) for number in range(1, 9)]
    ended = [[span(10 + n, 5 + 10**10 * n, 20)] for n in range(3)]
    for offset, rows in enumerate(ended):
        filled.write(thread, block(offset, rows, opened), shift=HOUR)
    materialize(filled.lake, SPANS, filled.tables, process_id=thread.process_id)
    last = 9 * 10**10
    for offset in (3, 4):
        beside = [span(100 * offset + n, n * 10**10 + 1, last - n * 10**10) for n in range(1, 9)]
        filled.write(thread, block(offset, beside, opened), shift=HOUR)
    stream = asked.service.query(
        f"SELECT id FROM process_spans('{thread.process_id}', 'thread') ORDER BY id"
    )
    found = [row["id"] for batch in stream.batches for row in batch.to_pylist()]
    assert found == [*range(1, 9), 10, 11, 12, *range(301, 309), *range(401, 409)]
    assert asked.counted("limnograph_query_tail_blocks", "thread_spans") == 2
    assert asked.counted("limnograph_query_files_scanned", "thread_spans") == 1
    counters = asked.caches.decoded.counters
    assert counters.hits + counters.misses == 2 + 2 + 1


def test_begins_are_looked_for_in_few_stretches():
    """
    The widest gaps are left out, however many begins there are.
    """
    assert stretches([5]) == [(5, 5)]
    assert stretches([1, 2, 900]) == [(1, 1), (2, 2), (900, 900)]
    many = [1, 2, 3, 100, 101, 5_000, 70_000, 70_001]
    assert stretches(many) == [(1, 3), (100, 101), (5_000, 5_000), (70_000, 70_001)]
    assert len(stretches(range(1000))) == OPEN_SPAN_LOOKS_MAX
