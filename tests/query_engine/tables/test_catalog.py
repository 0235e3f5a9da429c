"""What SQL finds in a lake: every acknowledged row once, wherever it is."""

import uuid
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from assets.errors import NotFound
from assets.materialize import materialize, rebuild
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import slices_with_blocks
from assets.views.catalog import Views, view_named
from assets.views.view import Column
from query_engine.callers import EVERYBODY
from query_engine.cancel import CancelToken
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.errors import SqlError, UnknownTable
from query_engine.tables import tail
from query_engine.workers.scratch import Scratch

LOGS = view_named("log_entries")
T0_NS = 1_760_000_000_123_456_789
"""Time of tick 0; one tick is a nanosecond."""


def logs(*ticks, **values):
    """Return log rows at these ticks."""
    return [{"time": tick, "msg": f"at {tick}", **values} for tick in ticks]


def messages(frame):
    return sorted(frame["msg"].to_list())


def test_tail_table_and_both_give_the_same_rows(asked, filled, new_sender):
    """
    It makes no difference to a query what has been materialized.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2), logs(3))
    sql = (
        "SELECT msg, time, level, process_id, exe, properties, process_properties FROM log_entries"
    )
    only_tail = asked.rows(sql).sort("time")
    materialize(filled.lake, LOGS, filled.tables)
    only_table = asked.rows(sql).sort("time")
    filled.write(sender, logs(4))
    both = asked.rows(sql).sort("time")
    assert only_tail.equals(only_table)
    assert only_tail.equals(both.head(3))
    assert both["time"].to_physical().to_list() == [T0_NS + tick for tick in (1, 2, 3, 4)]
    assert asked.counted("limnograph_query_tail_blocks", "log_entries") == 3


def test_an_empty_lake_answers_with_no_rows(asked):
    """
    Tables exist before anything was sent or materialized.
    """
    for name in asked.service._tables.schemas().table_names():
        assert asked.rows(f"SELECT * FROM {name}").height == 0


def test_a_rollup_adds_table_and_tail_up(asked, filled, new_sender):
    """
    Partial counts of the table and of the tail are one count.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2))
    materialize(filled.lake, view_named("log_stats"), filled.tables)
    filled.write(sender, logs(3), logs(4))
    materialize(filled.lake, view_named("log_stats"), filled.tables)
    filled.write(sender, logs(5))
    found = asked.rows("SELECT process_id, count FROM log_stats")
    assert found["count"].to_list() == [5]


def test_a_range_is_inclusive_to_the_nanosecond_on_both_sides(asked, filled, new_sender):
    """
    Rows exactly at begin and end belong to the range, in the table and in the tail.
    """
    sender = new_sender()
    filled.write(sender, logs(10, 20, 30, 1010))
    how = {"begin_ns": T0_NS + 20, "end_ns": T0_NS + 30}
    sql = "SELECT msg FROM log_entries"
    assert messages(asked.rows(sql, **how)) == ["at 20", "at 30"]
    materialize(filled.lake, LOGS, filled.tables)
    assert messages(asked.rows(sql, **how)) == ["at 20", "at 30"]
    how = {"begin_ns": T0_NS + 31, "end_ns": T0_NS + 1009}
    assert asked.rows(sql, **how).height == 0


def test_a_range_over_a_rollup_counts_whole_bins(asked, filled, new_sender):
    """
    A bin that lies in the range has all its events, those after the range's end too.
    """
    sender, minute = new_sender(), 60_000_000_000
    bin_ns = T0_NS // minute * minute
    first, second = bin_ns + minute - T0_NS, bin_ns + minute - T0_NS + minute // 2
    filled.write(sender, logs(first), logs(second))
    sql = "SELECT time_bin, count FROM log_stats"
    how = {"begin_ns": bin_ns + minute, "end_ns": bin_ns + minute}
    assert asked.rows(sql, **how)["count"].to_list() == [2]
    materialize(filled.lake, view_named("log_stats"), filled.tables)
    assert asked.rows(sql, **how)["count"].to_list() == [2]
    assert asked.rows(sql, begin_ns=bin_ns, end_ns=bin_ns + 1).height == 0


def test_files_and_blocks_outside_the_range_are_not_read(asked, filled, new_sender):
    """
    Statistics of files and times of blocks leave out what cannot match.
    """
    sender, hour = new_sender(), 3_600_000_000_000
    for number in range(4):
        filled.write(sender, logs(number * hour))
        materialize(filled.lake, LOGS, filled.tables)
    filled.write(sender, logs(10 * hour), logs(11 * hour))
    how = {"begin_ns": T0_NS + 2 * hour, "end_ns": T0_NS + 2 * hour}
    assert messages(asked.rows("SELECT msg FROM log_entries", **how)) == [f"at {2 * hour}"]
    assert asked.counted("limnograph_query_files_scanned", "log_entries") == 1
    assert asked.counted("limnograph_query_files_pruned", "log_entries") == 3
    assert asked.counted("limnograph_query_tail_blocks", "log_entries") == 0


def test_one_process_of_a_view_is_an_instance(asked, filled, new_sender):
    """
    view_instance opens one process or, as 'global', all of them.
    """
    first, second = new_sender(), new_sender()
    filled.write(first, logs(1))
    filled.write(second, logs(2))
    materialize(filled.lake, LOGS, filled.tables)
    filled.write(first, logs(3))
    one = asked.rows(f"SELECT msg FROM view_instance('log_entries', '{first.process_id}')")
    everyone = asked.rows("SELECT msg FROM view_instance('log_entries', 'global')")
    assert messages(one) == ["at 1", "at 3"]
    assert messages(everyone) == ["at 1", "at 2", "at 3"]


@pytest.mark.parametrize("materialized", [False, True])
def test_spans_of_a_thread_and_of_a_process(asked, filled, new_sender, materialized):
    """
    One stream by view_instance, every thread of a process by process_spans, table or tail.
    """
    sender = new_sender(tag="cpu", stream_properties={"thread-name": "main", "thread-id": "7"})
    other = new_sender(tag="cpu", process_id=sender.process_id)
    stranger = new_sender(tag="cpu")
    for number, one in enumerate((sender, other, stranger)):
        filled.write(one, [{"begin": number, "time": number, "duration": 5, "id": number + 1}])
    if materialized:
        spans = view_named("thread_spans")
        materialize(filled.lake, spans, filled.tables, process_id=sender.process_id)
    one = asked.rows(
        f"SELECT id, thread_name FROM view_instance('thread_spans', '{sender.stream_id}')"
    )
    assert one.rows() == [(1, "main-7")]
    all_of = asked.rows(f"SELECT * FROM process_spans('{sender.process_id}', 'thread')")
    assert all_of.columns[:4] == ["stream_id", "thread_name", "id", "parent"]
    assert sorted(all_of["id"].to_list()) == [1, 2]
    assert set(all_of["process_id"].to_list()) == {sender.process_id}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM process_spans(:process, 'thread')",
        "SELECT name FROM process_spans($1, $2)",
        "SELECT name FROM view_instance('thread_spans', ?)",
    ],
)
def test_an_id_may_be_a_parameter_whose_value_comes_later(asked, sql):
    """
    A statement is prepared without values: what it yields is known before whose spans are asked.
    """
    assert asked.service.prepare(sql).schema.names == ["name"]


@pytest.mark.parametrize("materialized", [False, True])
def test_images_of_a_process(asked, filled, new_sender, materialized):
    """
    Bytes come back as they went, from the tail and from the table; other processes' stay away.
    """
    sender, stranger = new_sender(tag="image"), new_sender(tag="image")
    rows = [{"time": 1, "name": "till", "format": "png", "data": bytes(range(256))}]
    for one in (sender, stranger):
        filled.write(one, rows)
    if materialized:
        images = view_named("images")
        materialize(filled.lake, images, filled.tables, process_id=sender.process_id)
    found = asked.rows(
        "SELECT name, payload_size, data "
        f"FROM view_instance('images', '{sender.process_id}') WHERE data <> X'00'"
    )
    assert found.rows() == [("till", 256, bytes(range(256)))]


def test_a_range_selects_spans_by_overlap(asked, filled, new_sender):
    """
    A span that began before the range and ends in it, or spans it whole, is found.
    """
    sender = new_sender(tag="cpu")
    filled.write(sender, [{"begin": 10, "time": 10, "duration": 100, "id": 1}])
    sql = f"SELECT id FROM view_instance('thread_spans', '{sender.stream_id}')"

    def found(begin, end):
        return asked.rows(sql, begin_ns=T0_NS + begin, end_ns=T0_NS + end).height

    for materialized in (False, True):
        if materialized:
            spans = view_named("thread_spans")
            materialize(filled.lake, spans, filled.tables, process_id=sender.process_id)
        assert [found(50, 60), found(0, 10), found(110, 200)] == [1, 1, 1]
        assert [found(0, 9), found(111, 200)] == [0, 0]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        ("view_instance('nothing', 'x')", SqlError, "there are: 'log_entries'"),
        ("view_instance('log_stats', 'global')", SqlError, "there are: 'log_entries'"),
        ("view_instance('log_entries', 'x')", SqlError, "not a process id"),
        ("view_instance('thread_spans', 'global')", SqlError, "not a stream id"),
        ("view_instance('log_entries')", SqlError, "takes"),
        (f"view_instance('log_entries', '{uuid.UUID(int=1)}')", NotFound, "no process"),
        (f"view_instance('thread_spans', '{uuid.UUID(int=1)}')", NotFound, "no stream"),
        (f"process_spans('{uuid.UUID(int=1)}', 'thread')", NotFound, "no process"),
        (f"process_spans('{uuid.UUID(int=1)}', 'fibre')", SqlError, "'thread', 'async', 'both'"),
        ("process_spans('x', 'thread')", SqlError, "not a process id"),
        ("thread_spans", SqlError, "view_instance"),
        ("nowhere", UnknownTable, "log_entries"),
    ],
)
def test_what_is_not_there_is_a_clear_error(asked, call, error, text):
    """
    Unknown names, malformed ids and ids of nobody are told apart, each with what to write.
    """
    with pytest.raises(error, match=text):
        asked.rows(f"SELECT * FROM {call}")


def test_live_views_obey_range_and_filters(asked, filled, new_sender):
    """
    Processes, streams and blocks come from Postgres, by overlap with the range.
    """
    sender = new_sender()
    filled.write(sender, logs(1), logs(5_000_000_000))
    assert asked.rows("SELECT process_id, exe FROM processes").rows() == [
        (sender.process_id, "shop")
    ]
    assert asked.rows("SELECT stream_id FROM streams").height == 1
    blocks = "SELECT block_id, begin_time FROM blocks"
    assert asked.rows(blocks).height == 2
    now_ns = 4_000_000_000_000_000_000
    assert asked.rows(blocks, begin_ns=0, end_ns=T0_NS + 4_000_000_000).height == 1
    assert asked.rows(blocks, begin_ns=now_ns, end_ns=now_ns).height == 0


def test_until_a_changed_view_is_rebuilt_its_old_rows_answer(asked, filled, new_sender):
    """
    No block is decoded again for them, and EXPLAIN says that the answer is of an older version.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2))
    materialize(filled.lake, LOGS, filled.tables)
    newer = replace(LOGS, version=LOGS.version + 1)
    asked.views = Views(materialized=(newer,))
    assert messages(asked.rows("SELECT msg FROM log_entries")) == ["at 1", "at 2"]
    assert asked.counted("limnograph_query_tail_blocks", "log_entries") == 0
    note = "1 slices of the table built by an older version"
    plan = "EXPLAIN SELECT msg FROM log_entries"
    assert note in asked.rows(plan)["plan"][0]
    rebuild(filled.lake, newer, filled.tables, filled.slices(LOGS))
    assert messages(asked.rows("SELECT msg FROM log_entries")) == ["at 1", "at 2"]
    assert note not in asked.rows(plan)["plan"][0]


def test_a_long_tail_is_decoded_in_groups(asked, filled, new_sender, monkeypatch):
    """
    However far materialization has fallen behind, the result is the same.
    """
    monkeypatch.setattr(tail, "TAIL_VALUES_BYTES_MAX", 0)
    monkeypatch.setattr(tail, "TAIL_GROUP_BYTES_MAX", 1)
    sender = new_sender()
    filled.write(sender, *[logs(number) for number in range(20)])
    assert asked.rows("SELECT msg FROM log_entries").height == 20
    assert asked.rows("SELECT msg FROM log_entries LIMIT 3").height == 3


def test_insert_hours_do_not_hide_late_events(asked, filled, new_sender):
    """
    Events are found by their own time, however much later they were inserted.
    """
    sender = new_sender()
    filled.write(sender, logs(1), shift=timedelta(hours=-30))
    filled.write(sender, logs(2), shift=timedelta(hours=-2))
    materialize(filled.lake, LOGS, filled.tables)
    how = {"begin_ns": T0_NS, "end_ns": T0_NS + 2}
    assert messages(asked.rows("SELECT msg FROM log_entries", **how)) == ["at 1", "at 2"]


@pytest.mark.slow
def test_queries_are_exact_while_tables_change_under_them(asked, filled, new_sender, in_background):
    """
    Increments and rebuilds run as fast as they can; every query sees each acknowledged row once.
    """
    sender, tables = new_sender(), type(filled.tables)()
    lake = filled.lake
    filled.write(sender, logs(0), shift=timedelta(hours=-2))

    def rebuild_all():
        with lake.connection() as conn:
            slices = [found.slice for found in slices_with_blocks(conn, "log")]
        rebuild(lake, LOGS, tables, [Slice(one.start) for one in slices])

    in_background(lambda: materialize(lake, LOGS, filled.tables))
    in_background(rebuild_all)
    for number in range(1, 40):
        filled.write(sender, logs(number))
        found = asked.rows("SELECT msg FROM log_entries")
        assert messages(found) == sorted(f"at {tick}" for tick in range(number + 1))


def test_every_scan_of_a_query_sees_one_moment(asked, filled, new_sender, tmp_path):
    """
    A table named twice has the same rows twice, whatever commits in between.
    """
    sender = new_sender()
    filled.write(sender, logs(1))
    with asked.service._tables.open(
        None, CancelToken(60), Scratch(tmp_path), reader=EVERYBODY
    ) as opened:
        before = opened.table("log_entries").scan(ScanRequest())
        filled.write(sender, logs(2))
        materialize(filled.lake, LOGS, filled.tables)
        after = opened.table("log_entries").scan(ScanRequest())
        blocks = opened.table("blocks").scan(ScanRequest())
    rows = [frame.select(pl.len()).collect().item() for frame in (before, after, blocks)]
    assert rows == [1, 1, 1]


def test_functions_that_read_the_lake_are_shown_with_all_others(asked):
    """
    SHOW FUNCTIONS and information_schema have them too, as tables.
    """
    shown = asked.rows("SHOW FUNCTIONS LIKE 'view%'")
    assert shown.select("function_name", "function_type").rows() == [("view_instance", "TABLE")]
    sql = "SELECT routine_name FROM information_schema.routines WHERE function_type = 'TABLE'"
    assert {"cancel_query", "view_instance", "jsonb_each"} <= set(asked.rows(sql)["routine_name"])


def test_old_rows_lack_a_new_column_and_convert_a_wider_one(asked, filled, new_sender):
    """
    Predicates, sums and ends of times are right over rows of both kinds, whatever is pushed down.
    """
    filled.write(new_sender(), logs(1, 2), shift=timedelta(hours=-2))
    filled.write(new_sender(), logs(3))
    materialize(filled.lake, LOGS, filled.tables)
    names = [column.name for column in LOGS.columns if column.name != "level"]
    new = (
        Column("level", pl.Int64(), "wider"),
        Column("length", pl.Int64(), "characters of the message"),
    )

    def build(sources):
        entries = sources["blocks:log"].with_columns(
            pl.col("level").cast(pl.Int64),
            pl.col("msg").str.len_chars().cast(pl.Int64).alias("length"),
        )
        return entries.select(*names, "level", "length")

    kept = tuple(column for column in LOGS.columns if column.name in names)
    newer = replace(LOGS, columns=(*kept, *new), build=build)
    asked.views = Views(materialized=(newer,))
    rebuild(filled.lake, newer, filled.tables, filled.slices(LOGS)[-1:])

    def answer(sql: str) -> object:
        return asked.rows(f"SELECT {sql}").row(0)

    assert answer("count(*), count(length), sum(level) FROM log_entries") == (3, 1, 12)
    assert answer("count(*) FROM log_entries WHERE length = 4") == (1,)
    assert answer("count(*) FROM log_entries WHERE length IS NULL AND level = 4") == (2,)
    assert answer("count(*) FROM log_entries WHERE level BETWEEN 4 AND 9") == (3,)
    assert answer("count(*) FROM log_entries WHERE level > 4") == (0,)
    ends = asked.rows("SELECT min(time) AS a, max(time) AS b FROM log_entries")
    assert [value.item() - T0_NS for value in ends.select(pl.all().to_physical())] == [1, 3]
    assert messages(asked.rows("SELECT msg FROM log_entries ORDER BY time LIMIT 2")) == [
        "at 1",
        "at 2",
    ]
