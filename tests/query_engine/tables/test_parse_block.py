"""parse_block: blocks of every format taken apart by SQL, beside the views of the same blocks."""

import orjson
import polars as pl
import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.errors import NotFound
from query_engine.errors import ResourceExhausted
from query_engine.limits import PARSED_BLOCKS_MAX
from query_engine.sql.errors import RunProblem, SqlError
from query_engine.tables import payloads
from tests.assets.decode.otlp.messages import NOW, Made, made

OURS = {
    "log": ("log_entries", [{"time": 5, "msg": "größe", "properties": {"k": "v"}}, {"time": 6}]),
    "metrics": ("measures", [{"time": 1, "value": 2.5}, {"time": 2, "value": float("nan")}]),
    "cpu": ("thread_spans", [{"begin": 1, "duration": 5, "id": 1, "status": 2}]),
    "image": ("images", [{"time": 1, "name": "a", "format": "png", "data": b"\x89P"}]),
}


def otlp(signal: str) -> tuple[str, Made]:
    """Return the tag of a signal and a block of it."""
    if signal == "logs":
        logs = ResourceLogs()
        record = logs.scope_logs.add().log_records.add(time_unix_nano=NOW, trace_id=b"x" * 16)
        record.body.string_value = "paid"
        record.attributes.add(key="n").value.int_value = 7
        return "log", made(logs, NOW, NOW, 1)
    if signal == "traces":
        spans = ResourceSpans()
        span = spans.scope_spans.add().spans.add(trace_id=b"x" * 16, span_id=b"y" * 8, name="GET")
        span.start_time_unix_nano, span.end_time_unix_nano = NOW, NOW + 5
        span.events.add(name="e", time_unix_nano=NOW).attributes.add(
            key="a"
        ).value.string_value = "1"
        return "trace", made(spans, NOW, NOW + 5, 1)
    metrics = ResourceMetrics()
    added = metrics.scope_metrics.add().metrics
    points = added.add(name="latency").histogram.data_points
    points.add(time_unix_nano=NOW, count=3, explicit_bounds=[1.0], bucket_counts=[1, 2])
    added.add(name="load").gauge.data_points.add(time_unix_nano=NOW, as_double=0.5)
    return "metrics", made(metrics, NOW, NOW, 2)


def parsed(asked, where: str = "true") -> pl.DataFrame:
    """Return the objects of all blocks, in order."""
    ids = f"(SELECT array_agg(block_id) FROM blocks WHERE {where})"
    return asked.rows(f"SELECT * FROM parse_block({ids}) ORDER BY block_id, object_index")


@pytest.mark.parametrize("tag", list(OURS))
def test_objects_of_our_blocks_are_the_rows_of_their_view(asked, filled, new_sender, tag):
    """
    As many, with the same values in members of the same names.
    """
    view, rows = OURS[tag]
    sender = new_sender(tag=tag)
    filled.write(sender, rows)
    found = parsed(asked)
    values = [orjson.loads(value) for value in found["value"]]
    order = "begin" if tag == "cpu" else "time"
    table = f"view_instance('{view}', '{sender.process_id}')"
    if tag == "cpu":
        table = f"process_spans('{sender.process_id}', 'thread')"
    seen = asked.rows(f"SELECT * FROM {table} ORDER BY {order}")
    assert len(values) == seen.height == len(rows)
    for value, row in zip(values, seen.iter_rows(named=True), strict=True):
        same = value.keys() & row.keys() - {"time", "begin", "end"}
        assert len(same) >= 4
        for name in same - {"value", "data", "properties"}:
            assert value[name] == row[name], name
        assert value["properties"] == dict(row["properties"] or {})
        assert value["__type"] == found["type_name"][0]
    assert found["block_id"].to_list() == [seen["block_id"][0]] * seen.height


@pytest.mark.parametrize("signal", ["logs", "metrics", "traces"])
def test_objects_of_opentelemetry_are_told(asked, filled, new_sender, signal):
    """
    Of metrics the histograms too, after the numbers.
    """
    tag, block = otlp(signal)
    filled.write(new_sender(tag=tag, format=f"otlp/v1/{signal}"), block)
    found = parsed(asked)
    names = {"logs": ["log_record"], "metrics": ["measure", "histogram"], "traces": ["span"]}
    assert found["type_name"].to_list() == names[signal]
    assert found["object_index"].to_list() == list(range(found.height))
    value = orjson.loads(found["value"][-1])
    wanted = {
        "logs": {"msg": "paid", "property_types": '{"n":"int"}'},
        "metrics": {"name": "latency", "count": 3, "counts": [1, 2]},
        "traces": {"name": "GET", "events": [{"time": NOW, "name": "e", "attributes": {"a": "1"}}]},
    }
    assert value | wanted[signal] == value


def test_several_blocks_are_taken_apart_at_once(asked, filled, new_sender):
    """
    Those of an array, each once, of any formats; an empty array has no rows.
    """
    filled.write(new_sender(), [{"time": 1}, {"time": 2}], [{"time": 3}])
    tag, block = otlp("metrics")
    filled.write(new_sender(tag=tag, format="otlp/v1/metrics"), block)
    counts = "SELECT type_name, count(*) AS n FROM parse_block({}) GROUP BY 1 ORDER BY 1"
    ids = "(SELECT array_agg(block_id) FROM (SELECT block_id FROM blocks {} blocks) b)"
    twice = ids.format("UNION ALL SELECT block_id FROM")
    assert asked.rows(counts.format(twice)).rows() == [
        ("histogram", 1), ("log_record", 3), ("measure", 1),
    ]  # fmt: skip
    assert asked.rows("SELECT * FROM parse_block(CAST(ARRAY[] AS VARCHAR[]))").is_empty()


def test_many_objects_are_limited_and_filtered(asked, filled, new_sender):
    """
    What SQL asks for is what comes, whatever part of a block was decoded for it.
    """
    filled.write(new_sender(), [{"time": tick, "msg": str(tick % 2)} for tick in range(5000)])
    table = "parse_block((SELECT block_id FROM blocks))"
    assert asked.rows(f"SELECT count(*) AS n FROM {table}").item() == 5000
    odd = "jsonb_as_string(jsonb_get(value, 'msg')) = '1'"
    rows = asked.rows(f"SELECT object_index FROM {table} WHERE {odd} LIMIT 3")
    assert rows["object_index"].to_list() == [1, 3, 5]
    assert asked.rows(f"SELECT type_name FROM {table} LIMIT 2").height == 2
    assert asked.rows(f"SELECT max(object_index) AS m FROM {table} WHERE {odd}").item() == 4999


def test_a_corrupt_block_ends_the_query_with_its_reason(asked, filled, new_sender):
    """
    The same block that the views leave out as quarantined.
    """
    sender = new_sender()
    filled.write(sender, [{"time": 1}], payloads=[b"no zstd frame"])
    assert asked.rows("SELECT * FROM log_entries").is_empty()
    with pytest.raises(RunProblem, match=r"has its bytes: block [0-9a-f-]{36}: .*not a zstd frame"):
        asked.rows("SELECT * FROM parse_block((SELECT block_id FROM blocks))")


def test_a_corrupt_block_of_an_array_is_a_row_and_costs_no_other_block(asked, filled, new_sender):
    """
    Its type says so and its value why, beside the objects of the others.
    """
    blocks = [filled.make_block("log", [{"time": tick}]) for tick in (1, 2)]
    sender = new_sender()
    filled.write(sender, *blocks, payloads=[b"no zstd frame", blocks[1].payload])
    corrupt, row = sorted(parsed(asked).rows(named=True), key=lambda row: row["type_name"])
    assert (corrupt["object_index"], corrupt["type_name"]) == (None, "corrupt_block")
    value = orjson.loads(corrupt["value"])
    assert value["__type"] == "corrupt_block"
    assert "not a zstd frame" in value["reason"]
    assert (row["type_name"], row["object_index"]) == ("log_record", 0)
    assert row["block_id"] != corrupt["block_id"]


@pytest.mark.parametrize(
    ("argument", "error", "text"),
    [
        ("(SELECT block_id FROM blocks WHERE false)", SqlError, "a block id, not NULL"),
        ("NULL", SqlError, "a block id, not NULL"),
        ("ARRAY['x']", SqlError, "'x' is not a block id"),
        ("ARRAY[1]", SqlError, "a block id as text"),
        (
            "ARRAY['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002']",
            NotFound,
            "no block 00000000-0000-0000-0000-000000000001, and 1 more of the list are not there: ",
        ),
    ],
)
def test_wrong_ids_are_clear_errors(asked, argument, error, text):
    """
    What a subquery has found, and what stands in an array.
    """
    with pytest.raises(error, match=text):
        asked.rows(f"SELECT * FROM parse_block({argument})")


def test_too_many_blocks_are_refused(asked):
    """
    PARSED_BLOCKS_MAX bounds what one call takes apart.
    """
    numbers = f"generate_series(1, {PARSED_BLOCKS_MAX + 1}) AS t(n)"
    ids = f"(SELECT array_agg(lpad(CAST(n AS VARCHAR), 32, '0')) FROM {numbers})"
    with pytest.raises(SqlError, match="at most 10,000 blocks at once, not 10,001"):
        asked.rows(f"SELECT * FROM parse_block({ids})")


def test_payloads_of_too_many_bytes_at_once_are_refused(asked, filled, new_sender, monkeypatch):
    """
    PAYLOADS_BYTES_MAX: told before anything is read, with what to do.
    """
    filled.write(new_sender(), [{"time": 1}])
    reader = payloads.PayloadReader.of(filled.lake, None)
    block = asked.rows("SELECT process_id, stream_id, block_id FROM blocks")
    monkeypatch.setattr(payloads, "PAYLOADS_BYTES_MAX", 3)
    with pytest.raises(ResourceExhausted, match="reads at most 3; ask for fewer blocks"):
        reader([block[name] for name in block.columns])


@pytest.mark.parametrize("signal", ["logs", "metrics", "traces"])
def test_payloads_of_opentelemetry_are_the_messages(asked, filled, new_sender, signal):
    """
    get_payload: byte for byte what the receiver stored, for a program with the classes of OTLP.
    """
    tag, block = otlp(signal)
    filled.write(new_sender(tag=tag, format=f"otlp/v1/{signal}"), block)
    sql = "SELECT get_payload(process_id, stream_id, block_id) AS p FROM blocks"
    assert asked.rows(sql).item() == block.payload
