"""Log records of OTLP as rows: what each field of the message becomes."""

import json

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs

from assets.decode.otlp.logs import LOGS
from assets.decode.rows import LOG_ROWS
from assets.errors import BlockCorrupt
from tests.assets.decode.otlp.messages import NOW, block

TRACE, SPAN = bytes(range(16)), bytes(range(8))


def message(*records: LogRecord, scope: str = "shop.cart", **more: str) -> ResourceLogs:
    """Return a message with one scope."""
    whole = ResourceLogs()
    only = whole.scope_logs.add(**more)
    only.scope.name = scope
    only.log_records.extend(records)
    return whole


def row(record: LogRecord, **scope: str) -> dict[str, object]:
    """Return the one row of a record."""
    payload = message(record, **scope).SerializeToString()
    (found,) = LOGS.decode(payload, block(begin_ns=5)).to_dicts()
    return found


def text(value: AnyValue) -> str:
    """Return what an attribute's value is as text."""
    record = LogRecord(attributes=[KeyValue(key="k", value=value)])
    return row(record)["properties"]["k"]


def listed(*values: AnyValue) -> AnyValue:
    """Return an array."""
    found = AnyValue()
    found.array_value.values.extend(values)
    return found


def test_a_record_is_a_row_with_everything_it_says() -> None:
    """
    Scope, ids, severity's own words, event name and flags are properties beside the attributes.
    """
    record = LogRecord(
        time_unix_nano=NOW,
        observed_time_unix_nano=NOW + 250,
        severity_number=10,
        severity_text="Information",
        body=AnyValue(string_value="größe"),
        attributes=[KeyValue(key="n", value=AnyValue(int_value=7))],
        dropped_attributes_count=2,
        flags=1,
        trace_id=TRACE,
        span_id=SPAN,
        event_name="cart.paid",
    )
    found = row(record, schema_url="https://schema")
    assert found == {
        "time": found["time"],
        "target": "shop.cart",
        "level": 4,
        "msg": "größe",
        "properties": {
            "n": "7",
            "otel.scope.name": "shop.cart",
            "otel.scope.schema_url": "https://schema",
            "otel.trace_id": TRACE.hex(),
            "otel.span_id": SPAN.hex(),
            "otel.severity_text": "Information",
            "otel.event_name": "cart.paid",
            "otel.severity_number": "10",
            "otel.observed_after_ns": "250",
            "otel.flags": "1",
            "otel.dropped_attributes_count": "2",
        },
        "property_types": '{"n":"int"}',
    }


@pytest.mark.parametrize(
    ("severity", "level"),
    [(0, 4), (1, 6), (4, 6), (5, 5), (8, 5), (9, 4), (12, 4), (13, 3), (16, 3), (17, 2), (20, 2),
     (21, 1), (24, 1)],
)  # fmt: skip
def test_severities_are_levels(severity: int, level: int) -> None:
    """
    Four severities make a level, from trace (6) to fatal (1); none is information.
    """
    assert row(LogRecord(severity_number=severity))["level"] == level


@pytest.mark.parametrize("severity", [-1, 0, 25, 2**31 - 1])
def test_a_severity_that_nobody_knows_is_kept_as_a_number(severity: int) -> None:
    """
    It is information, and the number stands among the properties.
    """
    raw = message(LogRecord(severity_number=9)).SerializeToString()
    number = severity & (2**64 - 1)
    varint = b""
    while number > 0x7F:
        varint, number = varint + bytes([number & 0x7F | 0x80]), number >> 7
    record = b"\x10" + varint + bytes([number])
    scope = b"\x12" + bytes([len(record)]) + record
    raw = b"\x12" + bytes([len(scope)]) + scope
    (found,) = LOGS.decode(raw, block()).to_dicts()
    assert found["level"] == 4
    assert found["properties"] == {
        "otel.severity_number": str(severity),
        "otel.time_unix_nano": "0",
    }


def test_times_fall_back_from_own_to_observed_to_the_block() -> None:
    """
    A record without a time was observed at one; without both it is as old as its block.
    """
    times = [
        LogRecord(time_unix_nano=NOW, observed_time_unix_nano=NOW + 9),
        LogRecord(observed_time_unix_nano=NOW + 1),
        LogRecord(),
    ]
    rows = LOGS.decode(message(*times).SerializeToString(), block(begin_ns=5))
    assert rows["time"].to_physical().to_list() == [NOW, NOW + 1, 5]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (AnyValue(), ""),
        (AnyValue(string_value="ü"), "ü"),
        (AnyValue(bool_value=True), "true"),
        (AnyValue(bool_value=False), "false"),
        (AnyValue(int_value=-(2**63)), "-9223372036854775808"),
        (AnyValue(double_value=0.1), "0.1"),
        (AnyValue(double_value=1e22), "1e+22"),
        (AnyValue(double_value=5e-324), "5e-324"),
        (AnyValue(double_value=3.0), "3.0"),
        (AnyValue(double_value=float("nan")), "NaN"),
        (AnyValue(double_value=float("-inf")), "-Infinity"),
        (AnyValue(bytes_value=b"\x00\xff"), "AP8="),
        (listed(), "[]"),
        (
            listed(AnyValue(string_value='a"\n\x01'), AnyValue(double_value=2.0), AnyValue()),
            '["a\\"\\n\\u0001",2.0,null]',
        ),
    ],
)
def test_values_have_one_text_each(value: AnyValue, shown: str) -> None:
    """
    Text is itself, numbers are their shortest decimals, bytes base64, lists and maps JSON.
    """
    assert text(value) == shown
    assert row(LogRecord(body=value))["msg"] == shown


def test_maps_keep_the_types_of_their_members() -> None:
    """
    A nested value is JSON that jsonb_* functions read with its types.
    """
    value = AnyValue()
    inner = value.kvlist_value.values
    inner.add(key="n").value.int_value = 1
    inner.add(key="list").value.array_value.values.add().bool_value = True
    inner.add(key="ü").value.bytes_value = b"\x01"
    assert json.loads(text(value)) == {"n": 1, "list": [True], "ü": "AQ=="}


def test_text_that_is_no_utf8_is_repaired_not_refused() -> None:
    """
    One bad byte in a message costs that byte, not the block.
    """
    raw = message(LogRecord(body=AnyValue(string_value="abcdefghijklmnop"))).SerializeToString()
    raw = raw.replace(b"abcdefghijklmnop", b"abc\xffefg\xed\xa0\x80\xe2\x82lmno")
    (found,) = LOGS.decode(raw, block()).to_dicts()
    assert found["msg"] == "abc\ufffdefg\ufffd\ufffd\ufffd\ufffdlmno"


def test_of_one_key_twice_the_last_value_is_kept() -> None:
    """
    A map has each key once, as the formats that tables are read by demand; ours win over theirs.
    """
    attributes = [("a", "1"), ("otel.scope.name", "x"), ("a", "2")]
    record = LogRecord(time_unix_nano=NOW, severity_number=9)
    for key, value in attributes:
        record.attributes.add(key=key).value.string_value = value
    for number in range(40):
        record.attributes.add(key=f"k{number}").value.string_value = "v"
    properties = row(record)["properties"]
    assert list(properties.items())[:2] == [("a", "2"), ("otel.scope.name", "shop.cart")]
    assert len(properties) == 42


def test_a_time_outside_of_the_blocks_range_is_corrupt() -> None:
    """
    Queries choose blocks by their range: a row outside of it would be found by some of them only.
    """
    payload = message(LogRecord(time_unix_nano=NOW)).SerializeToString()
    with pytest.raises(BlockCorrupt, match="outside the block's range"):
        LOGS.decode(payload, block(NOW + 1, NOW + 2))


def test_no_records_are_no_rows() -> None:
    """
    An empty message has the schema and nothing else.
    """
    for payload in (b"", message().SerializeToString()):
        rows = LOGS.decode(payload, block())
        assert rows.schema == LOG_ROWS
        assert rows.height == 0
