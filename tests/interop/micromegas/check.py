"""What users of the `micromegas` package do: each of its public query methods, and its CLI."""

import contextlib
import io
import json
import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from unittest import mock

import micromegas
import pandas as pd
import pyarrow as pa
from micromegas.auth import StaticTokenAuthProvider
from micromegas.flightsql.client import FlightSQLClient
from pyarrow import flight

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
uri = os.environ["LIMNO_FLIGHT"]
begin, end = (datetime.fromisoformat(facts[name]) for name in ("begin", "end"))
shops, clocks = list(facts["shop"].values()), list(facts["clockwork"].values())
counts = facts["shop_counts"]
client = micromegas.connect(uri)


def query_gives_a_data_frame() -> None:
    for process_id in shops:
        frame = client.query(
            "SELECT time, level, msg, properties FROM log_entries "
            f"WHERE process_id = '{process_id}'",
            begin,
            end,
        )
        assert len(frame) == counts["logs"], len(frame)
        assert str(frame["time"].dtype) == "datetime64[ns, UTC]", frame.dtypes
        assert frame["time"].between(pd.Timestamp(begin), pd.Timestamp(end)).all()
        assert sorted(frame["level"].unique()) == [1, 2, 3, 4, 5, 6]
        assert {"grüße 🚀", "", "order 249 of ann"} <= set(frame["msg"])
        assert dict(frame[frame["msg"] == "order 4 of ann"]["properties"].iloc[0]) == {"item": "i1"}
    none = client.query("SELECT msg FROM log_entries", begin - timedelta(9), begin - timedelta(8))
    assert none.empty
    assert list(none.columns) == ["msg"]


def times_are_exact_to_the_nanosecond() -> None:
    expected = facts["clockwork_rows"]
    for process_id in clocks:
        sql = (
            "SELECT time, level, msg, properties FROM log_entries "
            f"WHERE process_id = '{process_id}' ORDER BY time"
        )
        rows = client.query_arrow(sql)
        assert rows.schema.field("time").type == pa.timestamp("ns", "UTC"), rows.schema
        assert rows["time"].cast(pa.int64()).to_pylist() == [row["time_ns"] for row in expected]
        assert [dict(pairs) for pairs in rows["properties"].to_pylist()] == [
            row["properties"] for row in expected
        ]
        for name in ("level", "msg"):
            assert rows[name].to_pylist() == [row[name] for row in expected]
        first = pd.Timestamp(expected[0]["time_ns"], unit="ns", tz="UTC")
        assert client.query(sql)["time"].iloc[0] == first
        one = client.query(sql, first, first)
        assert one["time"].to_list() == [first]


def every_type_arrives() -> None:
    rows = client.query_arrow(facts["every_type"])
    assert rows.schema.types == [
        pa.int64(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(),
        pa.uint32(), pa.uint64(), pa.float32(), pa.float64(), pa.decimal128(20, 2), pa.utf8(),
        pa.binary(), pa.date32(), pa.time64("ns"), pa.timestamp("ns", "UTC"), pa.duration("ns"),
        pa.list_(pa.int64()), pa.struct([("a", pa.int64()), ("b", pa.utf8())]),
        pa.map_(pa.utf8(), pa.utf8()),
    ], rows.schema  # fmt: skip
    first, second = rows.to_pylist()
    assert (first["i64"], first["u64"]) == (2**63 - 1, 2**64 - 1)
    assert first["dec"] == Decimal("-12345678901234567.89")
    assert (first["bin"], first["txt"]) == (b"\0\xff\x10", "grüße 🚀")
    assert first["ns"] == pd.Timestamp("2026-01-02T03:04:05.123456789Z")
    assert first["list"] == [1, None, 3]
    assert first["pair"] == {"a": 1, "b": "x"}
    assert first["attributes"] == [("k", "v"), ("ü", "")]
    assert set(second.values()) == {2, None}
    # pandas has no type for a time of day with nanoseconds.
    frame = client.query(f"SELECT * EXCLUDE (tod) FROM ({facts['every_type']}) AS t")
    assert frame.shape == (2, 20)
    assert str(frame["ns"].dtype) == "datetime64[ns, UTC]", frame.dtypes


def query_stream_gives_batches() -> None:
    sql = "SELECT value FROM generate_series(1, 300000) AS t(value)"
    batches = list(client.query_stream(sql))
    assert all(isinstance(batch, pa.RecordBatch) for batch in batches)
    assert sum(batch.num_rows for batch in batches) == 300_000
    stream = client.query_stream(sql)
    assert next(stream).num_rows > 0
    del stream
    assert client.query("SELECT 1 AS one")["one"].to_list() == [1]


def prepared_statements_tell_the_schema() -> None:
    sql = "SELECT time, level, msg FROM log_entries ORDER BY time LIMIT 3"
    statement = client.prepare_statement(sql)
    assert statement.dataset_schema.names == ["time", "level", "msg"]
    assert statement.dataset_schema.field("time").type == pa.timestamp("ns", "UTC")
    batches = list(client.prepared_statement_stream(statement))
    assert pa.Table.from_batches(batches) == client.query_arrow(sql)


def processes_streams_blocks_and_spans_are_found() -> None:
    for process_id in shops:
        found = client.find_process(process_id)
        assert found["process_id"].to_list() == [process_id]
        assert dict(found["properties"].iloc[0])["region"] == "eu"
        streams = client.query_streams(begin, end, 100, process_id=process_id)
        assert {tag for tags in streams["tags"] for tag in tags} == {"log", "metrics", "cpu"}
        logs = client.query_streams(begin, end, 100, process_id=process_id, tag_filter="log")
        blocks = client.query_blocks(begin, end, 100, logs["stream_id"].iloc[0])
        assert blocks["nb_objects"].sum() == counts["logs"]
        threads = client.query_streams(begin, end, 100, process_id, "cpu")
        spans = client.query_spans(begin, end, 1000, threads["stream_id"].iloc[0])
        assert len(spans) == counts["spans"]
        assert set(spans["name"]) == {"checkout", "payment"}
        assert (spans["end"] - spans["begin"]).astype("int64").eq(spans["duration"]).all()
    assert client.find_process("00000000-0000-0000-0000-000000000000").empty


def dictionaries_are_kept_on_request() -> None:
    keeping = micromegas.connect(uri, preserve_dictionary=True)
    sql = "SELECT level, target, msg FROM log_entries ORDER BY time"
    kept, plain = keeping.query_arrow(sql), client.query_arrow(sql)
    assert pa.types.is_dictionary(kept.schema.field("target").type), kept.schema
    assert kept.cast(plain.schema) == plain
    assert len(keeping.query(sql)) == plain.num_rows


def partitions_are_made_anew() -> None:
    hour = begin.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    until = hour + timedelta(hours=1)
    before = client.query("SELECT count(*) AS n FROM log_entries")["n"].iloc[0]
    for call in (
        lambda: client.materialize_partitions("log_entries", hour, until, 3600),
        lambda: client.regenerate_partitions("log_entries", hour, until, 3600),
        lambda: client.retire_partitions("log_entries", "global", hour, until),
    ):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            call()
        assert "requested: SQL: " in said.getvalue()
        assert "done: " in said.getvalue(), said.getvalue()
        assert client.query("SELECT count(*) AS n FROM log_entries")["n"].iloc[0] == before
    incompatible = micromegas.admin.list_incompatible_partitions(client)
    assert incompatible.empty, incompatible


def a_process_is_replicated_in_bulk() -> None:
    """All of one process is read, renamed and stored again: what another lake would be sent."""
    source, names = clocks[0], {}

    def copied(table: str, sql: str) -> pa.Table:
        rows = client.query_arrow(f"{sql} WHERE process_id = '{source}'")
        for at, name in enumerate(rows.schema.names):
            if name in {"process_id", "stream_id", "block_id"}:
                ids = [names.setdefault(old, str(uuid.uuid4())) for old in rows[name].to_pylist()]
                rows = rows.set_column(at, name, pa.array(ids))
        assert client.bulk_ingest(table, rows).record_count == rows.num_rows
        return rows

    copied("processes", "SELECT * FROM processes")
    copied("streams", "SELECT * FROM streams")
    payload = "get_payload(process_id, stream_id, block_id) AS payload"
    copied("payloads", f"SELECT process_id, stream_id, block_id, {payload} FROM blocks")
    assert copied("blocks", "SELECT * FROM blocks").num_rows == 2
    sql = (
        "SELECT time, level, msg, properties FROM log_entries WHERE process_id = '{}' ORDER BY time"
    )
    copy = client.query_arrow(sql.format(names[source]))
    assert copy.num_rows == len(facts["clockwork_rows"])
    assert copy == client.query_arrow(sql.format(source))
    refused(lambda: client.bulk_ingest("nonsense", copy), "nonsense")
    refused(lambda: client.bulk_ingest("processes", copy), "time")


def encryption_needs_a_certificate_that_certifi_knows() -> None:
    encrypted = os.environ["LIMNO_FLIGHT_TLS"]
    with contextlib.redirect_stderr(io.StringIO()):
        refused(lambda: micromegas.connect(encrypted).query("SELECT 1"), "certificate")
    with mock.patch("certifi.where", return_value=os.environ["LIMNO_AUTHORITY"]):
        trusting = micromegas.connect(encrypted)
    assert trusting.query("SELECT 41 + 1 AS answer")["answer"].to_list() == [42]


def who_asks_is_known() -> None:
    named = FlightSQLClient(
        uri, auth_provider=StaticTokenAuthProvider("any"), client_entrypoint="nightly"
    )
    asking = named.query(
        "SELECT client, door, client_ip FROM system.queries WHERE sql LIKE '%door%'"
    )
    assert asking.to_dict("records") == [
        {"client": "python", "door": "flight", "client_ip": "127.0.0.1"}
    ]


def a_process_is_written_as_a_perfetto_trace() -> None:
    micromegas.perfetto.write_process_trace(client, shops[0], begin, end, "trace.pb")
    assert Path("trace.pb").stat().st_size > 100


def errors_name_the_mistake() -> None:
    refused(lambda: client.query("SELECT nothing FROM log_entries"), "nothing", pa.ArrowInvalid)
    refused(lambda: client.query("DROP TABLE log_entries"), "DROP")
    refused(lambda: client.query(facts["fails_late"]), "TRY_CAST")
    refused(
        lambda: client.query_spans(begin, end, 1, "00000000-0000-0000-0000-000000000000"), "0000"
    )


def the_command_line_answers() -> None:
    sql = "SELECT level, count(*) AS n FROM log_entries GROUP BY level ORDER BY level"
    tool = Path(sys.executable).parent / "micromegas-query"
    environ = os.environ | {"MICROMEGAS_ANALYTICS_URI": uri, "HOME": str(Path.cwd())}
    for arguments in (["--all"], ["--begin", "1h"]):
        said = subprocess.run(
            [tool, sql, *arguments, "--format", "json"],
            env=environ, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout  # fmt: skip
        assert [row["level"] for row in json.loads(said)] == [1, 2, 3, 4, 5, 6], said


def refused(call, word, kind=(flight.FlightError, pa.ArrowException)) -> None:
    """Check that *call* fails with a text that has *word*, and shows nothing of ours."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            call()
    except kind as error:
        assert word in str(error), error
        assert "Traceback" not in str(error), error
        assert ".py" not in str(error), error
        return
    raise AssertionError("it was not refused")


for check in (
    query_gives_a_data_frame,
    times_are_exact_to_the_nanosecond,
    every_type_arrives,
    query_stream_gives_batches,
    prepared_statements_tell_the_schema,
    processes_streams_blocks_and_spans_are_found,
    dictionaries_are_kept_on_request,
    partitions_are_made_anew,
    a_process_is_replicated_in_bulk,
    encryption_needs_a_certificate_that_certifi_knows,
    who_asks_is_known,
    a_process_is_written_as_a_perfetto_trace,
    errors_name_the_mistake,
    the_command_line_answers,
):
    check()
    print(check.__name__, "ok", flush=True)
