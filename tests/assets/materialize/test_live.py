"""Live views: straight from Postgres, with filters pushed down that lose and add nothing."""

from datetime import timedelta

import polars as pl
import psycopg
import pytest

from assets.errors import LimitExceeded
from assets.materialize import Condition, live
from assets.storage.metadata.check_results import record_result
from assets.views.blocks import BLOCKS
from assets.views.catalog import LIVE_VIEWS
from assets.views.processes import PROCESSES
from assets.views.streams import STREAMS
from assets.views.view import TIME

LOGS = [{"time": 1}, {"time": 5}]


def live_rows(lake, view, **how):
    """Return rows as of now."""
    with lake.connection() as conn:
        return live.live_rows(conn, view, audiences=None, **how)


@pytest.fixture
def senders(filled, new_sender):
    """
    Two processes with blocks of different sizes, the second an hour later, one without any; all
    three blocks are in quarantine, of a view that exists only here, and came again.
    """
    one, two, silent = new_sender(), new_sender("cpu"), new_sender()
    filled.write(one, LOGS, LOGS)
    filled.write(two, [{"begin": 1, "duration": 2}], shift=timedelta(hours=1))
    filled.write(silent)
    with filled.lake.connection() as conn:
        conn.execute(
            "INSERT INTO quarantine (block_id, view, decoder_version, reason, process_id,"
            " stream_id, block_insert_time)"
            " SELECT block_id, 'v', 1, 'r', process_id, stream_id, insert_time FROM blocks"
        )
        conn.execute(
            "INSERT INTO repeated_blocks (block_id, process_id, stream_id, nb_objects, repeats)"
            " SELECT block_id, process_id, stream_id, nb_objects, 1 FROM blocks"
        )
        conn.execute(
            "INSERT INTO probe_results (process_id, sequence, view, written_at, missing, doubled)"
            " SELECT gen_random_uuid(), n, 'v', now(), 0, 0 FROM generate_series(1, 3) AS n"
        )
        for check in ("one", "two", "three"):
            record_result(conn, "v", check, passed=check == "one", message="m")
    return one, two, silent


@pytest.mark.parametrize("view", LIVE_VIEWS, ids=lambda v: v.name)
def test_columns_are_those_that_the_view_declares(filled, senders, view) -> None:
    """
    All rows, no rows, some columns, no columns: names, types and order are the view's.
    """
    assert live_rows(filled.lake, view).schema == view.schema
    nothing = [Condition(view.columns[0].name, "=", "00000000-0000-4000-8000-00000000dead")]
    assert live_rows(filled.lake, view, predicates=nothing).schema == view.schema
    assert live_rows(filled.lake, view, predicates=nothing).height == 0
    wanted = {view.columns[3].name, view.columns[0].name}
    some = live_rows(filled.lake, view, columns=wanted)
    assert some.columns == [view.columns[0].name, view.columns[3].name]
    assert live_rows(filled.lake, view, columns=[]).height == 3


def test_a_process_knows_its_last_block(filled, senders) -> None:
    """
    The last update is the newest insert time; without blocks, the time of registration.
    """
    one, two, silent = senders
    rows = {row["process_id"]: row for row in live_rows(filled.lake, PROCESSES).to_dicts()}
    blocks = live_rows(filled.lake, BLOCKS)
    for sender in (one, two):
        own = blocks.filter(process_id=sender.process_id)
        row = rows[sender.process_id]
        assert row["last_update_time"] == own["insert_time"].max()
        assert row["last_block_end_time"] == own["end_time"].max()
        assert row["last_block_end_ticks"] == own["end_ticks"].max()
        assert row["properties"] == {"env": "test", "größe": "ü"}
    quiet = rows[silent.process_id]
    assert quiet["last_update_time"] == quiet["insert_time"]
    assert quiet["last_block_end_time"] is None
    starts = live_rows(filled.lake, PROCESSES)["start_time"].to_physical()
    assert set(starts) == {1_760_000_000_000_000_001}, "to the nanosecond"


def test_streams_carry_tags_and_properties(filled, senders) -> None:
    """
    Lists and maps come as lists and maps.
    """
    rows = live_rows(filled.lake, STREAMS, columns=["stream_id", "tags", "properties"])
    tags = dict(rows.select("stream_id", "tags").rows())
    assert tags[senders[1].stream_id] == ["cpu"]
    assert rows["properties"].to_list() == [{}] * 3


def test_blocks_carry_their_stream_and_process_under_dotted_names(filled, senders) -> None:
    """
    One scan tells who sent what.
    """
    rows = live_rows(filled.lake, BLOCKS).filter(process_id=senders[0].process_id)
    assert rows["streams.tags"].to_list() == [["log"], ["log"]]
    assert rows["processes.exe"].to_list() == ["shop", "shop"]
    assert rows["processes.properties"][0] == {"env": "test", "größe": "ü"}
    assert rows["nb_objects"].to_list() == [2, 2]


def exactly(rows: pl.DataFrame, column: str, op: str, value) -> set[str]:
    """Filter as the query engine does above the scan; returns the ids of the blocks."""
    compared = pl.col(column)
    compared = compared.to_physical() if rows.schema[column] == TIME else compared
    operations = {
        "=": compared.eq, "<": compared.lt, "<=": compared.le, ">": compared.gt, ">=": compared.ge,
    }  # fmt: skip
    return set(rows.filter(operations[op](value))["block_id"])


def test_a_pushed_comparison_is_the_comparison(filled, senders) -> None:
    """
    Postgres keeps microseconds where SQL sees nanoseconds: rounding never loses or adds a row.
    """
    every = live_rows(filled.lake, BLOCKS)
    for column in ("insert_time", "begin_time", "nb_objects"):
        middle = every[column].to_physical().sort()[1]
        for op in ("=", "<", "<=", ">", ">="):
            for offset in (-1000, -1, 0, 1, 999, 1000):
                value = middle + offset
                condition = Condition(column, op, value)
                pushed = live_rows(filled.lake, BLOCKS, predicates=[condition])
                expected = exactly(every, column, op, value)
                assert expected <= set(pushed["block_id"]), condition
                assert exactly(pushed, column, op, value) == expected, condition
                if op != "=":
                    assert pushed.height == len(expected), f"{condition} was not pushed down"


NOT_PUSHED = [
    ("process_id", "=", "not a uuid"),
    ("process_id", "=", "00000000-0000-4000-8000-00000000DEAD"),
    ("process_id", ">", "5"),
    ("process_id", "=", None),
    ("streams.format", "<", "m"),
    ("streams.format", "in", ["limnograph/v1", None]),
    ("streams.format", "=", "limnograph/v1\0"),
    ("nb_objects", "=", 1.5),
    ("nb_objects", "<", 2**70),
    ("streams.tags", "=", "log"),
    ("streams.properties", "=", "x"),
    ("insert_time", "in", [1, 2**63]),
]


def test_what_postgres_might_decide_otherwise_is_not_pushed(filled, senders) -> None:
    """
    The scan may always return more: odd values never reach Postgres, and never fail.
    """
    for column, op, value in NOT_PUSHED:
        condition = Condition(column, op, value)
        rows = live_rows(filled.lake, BLOCKS, predicates=[condition], limit=1)
        assert rows.height == 3, f"{condition}: then a limit must not be pushed either"


def test_lists_and_limits_are_pushed(filled, senders) -> None:
    """
    `in` uses the index, and a limit stops Postgres when every predicate was pushed.
    """
    ids = live_rows(filled.lake, BLOCKS)["block_id"].to_list()
    found = live_rows(filled.lake, BLOCKS, predicates=[Condition("block_id", "in", ids[:2])])
    assert sorted(found["block_id"]) == sorted(ids[:2])
    assert live_rows(filled.lake, BLOCKS, limit=2).height == 2
    named = [Condition("processes.exe", "=", "shop")]
    assert live_rows(filled.lake, BLOCKS, predicates=named, limit=1).height == 1


def test_one_process_is_found_by_index(filled, senders, database_url) -> None:
    """
    The columns keep Postgres's own types inside, so that a pushed id does not scan the table.
    """
    with psycopg.connect(database_url) as conn:
        conn.execute("SET enable_seqscan = off")
        plan = conn.execute(
            f"EXPLAIN SELECT exe FROM ({PROCESSES.relation}) v WHERE process_id = %s::uuid",
            (senders[0].process_id,),
        ).fetchall()
    text = "\n".join(row[0] for row in plan)
    assert "processes_pkey" in text
    assert "SubPlan" not in text, "columns that are not selected are not computed"


def test_more_rows_than_fit_into_memory_are_refused(filled, new_sender, monkeypatch) -> None:
    """
    The bound is on values: fewer columns may have more rows.
    """
    monkeypatch.setattr(live, "LIVE_VALUES_MAX", 3)
    filled.write(new_sender(), [{"time": 1}], [{"time": 2}])
    assert live_rows(filled.lake, BLOCKS, columns=["block_id"]).height == 2
    with pytest.raises(LimitExceeded, match="more than 1 rows of blocks"):
        live_rows(filled.lake, BLOCKS, columns=["block_id", "stream_id"])
