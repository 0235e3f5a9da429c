"""Functions in FROM that read the lake."""

import uuid

import orjson
import polars as pl
import pytest

from assets.errors import NotFound
from assets.materialize import materialize
from assets.storage.tables import Snapshot
from assets.views.catalog import LIVE_VIEWS, VIEWS, view_named
from query_engine.sql.errors import SqlError, UnknownTable
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS, lake_function

LOGS = view_named("log_entries")
T0_NS = 1_760_000_000_123_456_789


def logs(*ticks):
    """Return log rows at these ticks."""
    return [{"time": tick, "msg": f"at {tick}"} for tick in ticks]


def test_every_view_is_a_view_set(asked):
    """
    list_view_sets: what can be named in FROM, what view_instance opens, and a hash for each.
    """
    found = asked.rows("SELECT * FROM list_view_sets() ORDER BY view_set_name")
    assert found["view_set_name"].to_list() == sorted(v.name for v in (*VIEWS, *LIVE_VIEWS))
    by_name = {row["view_set_name"]: row for row in found.iter_rows(named=True)}
    assert by_name["log_entries"]["has_view_maker"]
    assert by_name["log_entries"]["global_instance_available"]
    assert not by_name["log_stats"]["has_view_maker"]
    assert not by_name["thread_spans"]["global_instance_available"]
    assert "msg: " in by_name["log_entries"]["schema"]
    assert found["current_schema_hash"].n_unique() == found.height


def test_files_are_partitions(asked, filled, new_sender):
    """
    list_partitions: the hour that a file holds, its rows, bytes and event times.
    """
    assert asked.rows("SELECT * FROM list_partitions()").height == 0
    sender = new_sender()
    spans = new_sender(tag="cpu", process_id=sender.process_id)
    filled.write(sender, logs(1, 2), logs(1_000_000))
    filled.write(spans, [{"begin": 10, "time": 10, "duration": 100, "id": 1}])
    materialize(filled.lake, LOGS, filled.tables)
    materialize(
        filled.lake, view_named("thread_spans"), filled.tables, process_id=sender.process_id
    )
    found = asked.rows("SELECT * FROM list_partitions() ORDER BY view_set_name")
    assert found["view_set_name"].to_list() == ["log_entries", "thread_spans"]
    assert found["view_instance_id"].to_list() == ["global", sender.process_id]
    first = found.row(0, named=True)
    assert (first["num_rows"], first["sort_order"]) == (3, ["process_id", "time"])
    assert first["file_size"] > 0
    assert first["file_path"].endswith(".parquet")
    assert (first["end_insert_time"] - first["begin_insert_time"]).total_seconds() == 3600
    times = found.select(pl.col("min_event_time", "max_event_time").to_physical()).row(0)
    assert T0_NS - 2_000_000 < times[0] <= T0_NS + 1
    assert T0_NS + 1_000_000 <= times[1] < T0_NS + 3_000_000
    counted = asked.rows(
        "SELECT view_set_name, sum(num_rows) AS n FROM list_partitions() GROUP BY view_set_name"
    )
    assert dict(counted.rows()) == {"log_entries": 3, "thread_spans": 1}


def test_files_of_an_older_version_have_another_hash(asked, filled, new_sender, monkeypatch):
    """
    The join with list_view_sets that finds what has to be rebuilt finds exactly those.
    """
    sql = (
        "SELECT p.view_set_name FROM list_partitions() p JOIN list_view_sets() s "
        "ON p.view_set_name = s.view_set_name WHERE p.file_schema_hash <> s.current_schema_hash"
    )
    filled.write(new_sender(), logs(1))
    materialize(filled.lake, LOGS, filled.tables)
    assert asked.rows(sql).height == 0

    def built_by_another(_snapshot: Snapshot, files: pl.DataFrame) -> pl.Series:
        return pl.Series([1] * files.height, dtype=pl.Int64)

    monkeypatch.setattr(Snapshot, "generations_of", built_by_another)
    assert asked.rows(sql)["view_set_name"].to_list() == ["log_entries"]


def test_a_block_is_taken_apart_into_its_objects(asked, filled, new_sender):
    """
    parse_block: numbered within the stream, members as JSON, whatever has been materialized.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2), logs(3))
    materialize(filled.lake, LOGS, filled.tables)
    blocks = asked.rows("SELECT block_id, object_offset FROM blocks ORDER BY begin_time")
    found = [
        asked.rows(f"SELECT * FROM parse_block('{block}') ORDER BY object_index")
        for block in blocks["block_id"]
    ]
    assert found[0]["object_index"].to_list() == [blocks["object_offset"][0] + i for i in (0, 1)]
    assert set(found[0]["type_name"]) == {"log_record"}
    value = orjson.loads(found[0]["value"][1])
    assert value["__type"] == "log_record"
    assert (value["msg"], value["time"]) == ("at 2", T0_NS + 2)
    sql = "SELECT jsonb_as_string(jsonb_get(value, 'msg')) AS msg FROM parse_block("
    newest = "(SELECT block_id FROM blocks ORDER BY begin_time DESC LIMIT 1)"
    assert asked.rows(f"{sql}{newest})").rows() == [("at 3",)]
    assert asked.rows(f"{sql}'{blocks['block_id'][0]}') LIMIT 1").height == 1


def test_an_argument_may_be_a_subquery_over_the_lake(asked, filled, new_sender):
    """
    The process or stream that a query finds is the one whose rows it reads.
    """
    sender = new_sender()
    filled.write(sender, logs(1))
    filled.write(new_sender(), logs(2), logs(3))
    busiest = "(SELECT process_id FROM blocks GROUP BY process_id ORDER BY count(*) LIMIT 1)"
    sql = f"SELECT msg FROM view_instance('log_entries', {busiest})"
    assert asked.rows(sql).rows() == [("at 1",)]
    assert asked.service.schema(sql).names == ["msg"]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (f"parse_block('{uuid.UUID(int=1)}')", NotFound, "no block"),
        ("parse_block('x')", SqlError, "not a block id"),
        ("parse_block(1)", SqlError, "as text"),
        ("parse_block('')", SqlError, "a block id, not an empty text"),
        ("process_spans('', 'thread')", SqlError, "a process id, not an empty text"),
        ("view_instance('log_entries', '')", SqlError, "an id, not an empty text"),
        ("parse_block()", SqlError, "takes 1 argument, not 0"),
        ("list_partitions(1)", SqlError, "takes 0 arguments, not 1"),
        ("view_instance('log_entries', (SELECT exe FROM processes))", SqlError, "an id, not NULL"),
    ],
)
def test_wrong_calls_are_clear_errors(asked, call, error, text):
    """
    What is missing, malformed or too much is told apart.
    """
    with pytest.raises(error, match=text):
        asked.rows(f"SELECT * FROM {call}")


def test_every_function_is_documented():
    """
    The reference page and the list of tables show a sentence and how the call is written.
    """
    for function in LAKE_FUNCTIONS:
        assert function.doc.endswith(".")
        assert function.written.startswith(f"{function.name}(")


def test_an_unknown_function_lists_those_there_are():
    """
    Those that make rows of values too; those of administrators only to them.
    """
    with pytest.raises(UnknownTable, match=r"expand_histogram.*view_instance"):
        lake_function("nothing", admin=True)
