"""What the values of attributes were before they became text."""

import json

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets.decode.otlp.logs import LOGS
from assets.decode.otlp.spans import SPANS
from tests.assets.decode.otlp.messages import NOW, block


def types(*attributes: KeyValue, scope: tuple[KeyValue, ...] = ()) -> object:
    """Return the types of one record."""
    whole = ResourceLogs()
    only = whole.scope_logs.add()
    only.scope.attributes.extend(scope)
    only.log_records.append(LogRecord(attributes=attributes))
    (row,) = LOGS.decode(whole.SerializeToString(), block()).to_dicts()
    return row["property_types"] and json.loads(row["property_types"])


def attribute(key: str, **value: object) -> KeyValue:
    """Return an attribute of a plain value."""
    return KeyValue(key=key, value=AnyValue(**value))


def test_one_and_the_text_of_one_are_told_apart() -> None:
    """
    Every kind of value but a string is named.
    """
    every = [
        attribute("s", string_value="1"),
        attribute("b", bool_value=True),
        attribute("i", int_value=1),
        attribute("d", double_value=1.0),
        attribute("raw", bytes_value=b"1"),
        KeyValue(key="nothing"),
    ]
    every.append(KeyValue(key="list"))
    every[-1].value.array_value.values.add(int_value=1)
    every.append(KeyValue(key="map"))
    every[-1].value.kvlist_value.values.add(key="k")
    assert types(*every) == {
        "b": "bool",
        "i": "int",
        "d": "double",
        "raw": "bytes",
        "nothing": "null",
        "list": "array",
        "map": "map",
    }


def test_where_all_are_strings_there_is_nothing_to_tell() -> None:
    """
    NULL: what this system adds is text, and its meaning is documented.
    """
    assert types(attribute("s", string_value="1")) is None


def test_a_scopes_attributes_have_types_too() -> None:
    """
    They stand in the same map, under their longer names.
    """
    found = types(attribute("n", int_value=1), scope=(attribute("n", bool_value=True),))
    assert found == {"n": "int", "otel.scope.attr.n": "bool"}


@pytest.mark.parametrize("others", [0, 40])
def test_of_one_key_twice_the_type_is_that_of_the_kept_value(others: int) -> None:
    """
    However many attributes there are.
    """
    twice = [attribute("a", int_value=1), attribute("b", string_value="x")]
    twice += [attribute(f"k{number}", double_value=1.0) for number in range(others)]
    twice += [attribute("a", string_value="1"), attribute("b", bool_value=True)]
    found = types(*twice)
    assert isinstance(found, dict)
    assert (found.get("a"), found.get("b"), len(found)) == (None, "bool", others + 1)


def test_keys_may_hold_anything() -> None:
    """
    The text is JSON: quotes, commas and what is no UTF-8 do no harm.
    """
    keys = ['a"b', "c=d,e", "ü" * 9, "\n"]
    assert types(*(attribute(key, int_value=1) for key in keys)) == dict.fromkeys(keys, "int")
    key = b"\x0a\x02k\xff" + b"\x12\x02\x18\x01"
    record = b"\x32" + bytes([len(key)]) + key
    scope = b"\x12" + bytes([len(record)]) + record
    (row,) = LOGS.decode(b"\x12" + bytes([len(scope)]) + scope, block()).to_dicts()
    assert row["property_types"] == '{"k\ufffd":"int"}'


def test_rows_of_many_shapes_keep_their_own_types() -> None:
    """
    A text that was made for an earlier row is used again only where keys and types are the same.
    """
    whole = ResourceLogs()
    records = whole.scope_logs.add().log_records
    wanted = []
    for number in range(400):
        kind = ("int_value", "double_value", "bool_value")[number % 3]
        name = f"key-of-some-length-{number % 7}"
        record = records.add(time_unix_nano=NOW)
        record.attributes.append(attribute(name, **{kind: 1}))
        record.attributes.append(attribute(f"n{number % 11}", int_value=1))
        wanted.append({name: kind.removesuffix("_value"), f"n{number % 11}": "int"})
    rows = LOGS.decode(whole.SerializeToString(), block())
    assert [json.loads(text) for text in rows["property_types"]] == wanted


def test_maps_without_a_column_beside_them_have_an_entry() -> None:
    """
    Attributes of events and links tell their types themselves.
    """
    whole = ResourceSpans()
    span = whole.scope_spans.add().spans.add(start_time_unix_nano=NOW, end_time_unix_nano=NOW)
    span.events.add(name="typed").attributes.append(attribute("n", int_value=1))
    span.events.add(name="texts").attributes.append(attribute("n", string_value="1"))
    span.links.add().attributes.append(attribute("d", double_value=1.5))
    (row,) = SPANS.decode(whole.SerializeToString(), block()).to_dicts()
    typed, texts = (event["attributes"] for event in row["events"])
    assert typed == {"n": "1", "otel.types": '{"n":"int"}'}
    assert texts == {"n": "1"}
    assert row["links"][0]["attributes"] == {"d": "1.5", "otel.types": '{"d":"double"}'}
