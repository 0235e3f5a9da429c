"""The tail: which blocks it reads for a range, a process or a stream, and what its rows carry."""

from datetime import timedelta

from assets.materialize import materialize, read_tail, tail_refs
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.physical import table_spec
from assets.views.thread_spans import THREAD_SPANS

MINUTE_NS = 60_000_000_000
T0_NS = 1_760_000_000_123_456_789


def snapshot(filled, view):
    """Pin the view's table."""
    return filled.tables.snapshot(filled.lake, table_spec(view))


def test_a_range_leaves_out_blocks_without_events_in_it(filled, new_sender) -> None:
    """
    Event times prune the tail; blocks that overlap the half-open range stay.
    """
    sender = new_sender()
    for minute in range(3):
        filled.write(sender, [{"time": minute * MINUTE_NS, "msg": str(minute)}])
    pinned = snapshot(filled, LOG_ENTRIES)

    def found(begin, end) -> int:
        return len(tail_refs(filled.lake, LOG_ENTRIES, pinned, begin_ns=begin, end_ns=end))

    assert found(None, None) == 3
    assert found(T0_NS + 1, None) == 2
    assert found(None, T0_NS) == 0
    assert found(T0_NS, T0_NS + 1) == 1


def test_a_range_of_a_rollup_finds_the_events_of_its_last_bin(filled, new_sender) -> None:
    """
    A minute's row counts events after its own time: the range over time_bin is widened.
    """
    filled.write(new_sender(), [{"time": 0, "msg": "x"}])
    minute = T0_NS // MINUTE_NS * MINUTE_NS
    pinned = snapshot(filled, LOG_STATS)
    rows = read_tail(
        filled.lake, LOG_STATS, pinned, cache=filled.cache, begin_ns=minute, end_ns=minute + 1
    ).collect()
    assert rows["time_bin"].to_physical().to_list() == [minute]
    assert rows["count"].to_list() == [1]


def test_one_process_or_one_stream(filled, new_sender) -> None:
    """
    Only the blocks asked for are read.
    """
    one, two = new_sender(), new_sender()
    filled.write(one, [{"time": 1, "msg": "one"}])
    filled.write(two, [{"time": 1, "msg": "two"}])
    assert filled.read(LOG_ENTRIES, process_id=one.process_id)["msg"].to_list() == ["one"]
    assert filled.read(LOG_ENTRIES, stream_id=two.stream_id)["msg"].to_list() == ["two"]


def test_rows_carry_their_block_and_process(filled, new_sender) -> None:
    """
    Columns of block and process are joined per block, each row getting its own.
    """
    senders = [new_sender(), new_sender()]
    for sender in senders:
        filled.write(sender, [{"time": 1}, {"time": 2}], [], [{"time": 3}])
    rows = filled.read(LOG_ENTRIES)
    assert rows.schema == LOG_ENTRIES.schema
    assert rows.group_by("process_id").len()["len"].to_list() == [3, 3]
    by_block = rows.group_by("block_id").agg("process_id", "time")
    assert all(len(set(ids)) == 1 for ids in by_block["process_id"])
    assert set(rows.select("exe", "username", "computer").rows()) == {("shop", "ada", "desk")}
    assert rows["insert_time"].null_count() == 0


def test_a_column_that_nobody_selects_is_not_made(filled, new_sender) -> None:
    """
    The tail is a plan: counting rows builds no maps.
    """
    filled.write(new_sender(), [{"time": 1}])
    pinned = snapshot(filled, LOG_ENTRIES)
    plan = read_tail(filled.lake, LOG_ENTRIES, pinned, cache=filled.cache).select("time").explain()
    assert "gather" not in plan


def test_spans_are_named_after_their_thread(filled, new_sender) -> None:
    """
    The thread's name comes from the stream, as `<name>-<id>`; without both, from what is known.
    """
    span = [{"begin": 1, "duration": 2}]
    sender = new_sender("cpu", stream_properties={"thread-name": "main", "thread-id": "7"})
    bare = new_sender("cpu", process_id=sender.process_id)
    filled.write(sender, span)
    filled.write(bare, span)
    rows = filled.read(THREAD_SPANS, process_id=sender.process_id)
    assert rows.schema == THREAD_SPANS.schema
    names = dict(rows.select("stream_id", "thread_name").rows())
    assert names == {sender.stream_id: "main-7", bare.stream_id: bare.stream_id}


def test_closed_and_covered_hours_are_not_looked_at(filled, new_sender) -> None:
    """
    After materialization of a past hour, its tail is empty by coverage alone.
    """
    filled.write(new_sender(), [{"time": 1}], shift=timedelta(hours=-3))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert tail_refs(filled.lake, LOG_ENTRIES, snapshot(filled, LOG_ENTRIES)) == []
