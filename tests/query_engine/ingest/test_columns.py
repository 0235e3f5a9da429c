"""What is said of columns that cannot be stored, and which forms of the right ones are taken."""

import uuid

import pyarrow as pa
import pytest

from limnograph.wire import limits as wire
from query_engine.ingest.jsonb import NotJsonb, parse_jsonb
from query_engine.ingest.table import WrongColumn
from query_engine.ingest.tables.catalog import BY_NAME, TABLES

ID = "0190163c-0000-7000-8000-00000000000a"


def with_column(table, name, values):
    """Return a table with a column replaced, or added."""
    at = table.schema.get_field_index(name)
    return table.append_column(name, values) if at < 0 else table.set_column(at, name, values)


WRONG = [
    ("processes", "exe", pa.array([1]), "column exe of processes is int64; expected text"),
    ("processes", "exe", pa.array([None], pa.utf8()), "column exe .* row 0: is NULL"),
    ("processes", "exe", pa.array(["x" * 256]), "row 0: has 256 char.*TEXT_CHARS_MAX is 255"),
    ("processes", "exe", pa.array(["a\0b"]), "holds a NUL character"),
    ("processes", "process_id", pa.array(["me"]), "row 0: 'me' is not a UUID"),
    ("processes", "process_id", pa.array([b"me"]), "is binary; expected UUIDs as text"),
    ("processes", "start_time", pa.array([1]), "is int64; expected timestamps with a time"),
    ("processes", "start_time", pa.array([1], pa.timestamp("ns")), "expected .*time zone"),
    ("processes", "start_time", pa.array([-1], pa.timestamp("s", "UTC")), "is not in"),
    ("processes", "tsc_frequency", pa.array([-1]), "-1 is not in"),
    ("processes", "tsc_frequency", pa.array([2**63], pa.uint64()), "is not in"),
    ("processes", "tsc_frequency", pa.array([1.0]), "is double; expected integers"),
    ("processes", "properties", pa.array([1]), "expected maps of text to text"),
    ("processes", "properties", pa.array(["[]"]), "is JSON, but not an object"),
    ("processes", "properties", pa.array(["{"]), "is not a JSON object"),
    ("processes", "properties", pa.array([b"xyz"]), "neither a JSON object nor binary JSON"),
    ("streams", "tags", pa.array(["log"]), "expected lists of text"),
    ("streams", "tags", pa.array([[None, "log"]]), "row 0: holds a NULL"),
    ("streams", "tags", pa.array([["t"] * 17]), "has 17 tags, TAGS_MAX is 16"),
    ("streams", "format", pa.array([None], pa.utf8()), "is NULL"),
    ("blocks", "nb_objects", pa.array([2**31]), "is not in"),
    ("blocks", "end_time", pa.array([0], pa.timestamp("ns", "UTC")), "is before begin_time"),
    ("blocks", "payload_size", pa.array([0]), "0 is not in"),
    ("payloads", "payload", pa.array([b""]), "row 0: is empty"),
    ("payloads", "payload", pa.array(["text"]), "expected binary"),
]


def test_a_wrong_column_is_named_with_what_is_expected(uploading, told):
    """
    And with its row, if the value is what is wrong; nothing is stored.
    """
    for table, column, values, text in WRONG:
        wrong = with_column(told.table(table), column, values)
        with pytest.raises(WrongColumn, match=text):
            uploading.take(table, wrong)
    for name in ("processes", "streams", "staged_blocks", "staged_payloads"):
        assert uploading.count(name) == 0


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_a_missing_column_is_named(told, table):
    """
    All that are missing, each with its type.
    """
    given = told.table(table)
    required = [column for column in BY_NAME[table].columns if not column.optional]
    for column in required:
        with pytest.raises(WrongColumn, match=rf"lacks {column.name} \({column.expected[:10]}"):
            BY_NAME[table].rows(given.drop_columns([column.name]))
    with pytest.raises(WrongColumn) as caught:
        BY_NAME[table].rows(pa.table({}))
    assert all(column.name in str(caught.value) for column in required)


def test_an_unknown_column_is_refused_and_one_of_the_table_is_left_out(told):
    """
    A slip of the pen must not lose data; what the lake makes by itself may be there.
    """
    with pytest.raises(WrongColumn, match=r"column 'propertys' is not one of processes"):
        BY_NAME["processes"].rows(told.processes.append_column("propertys", pa.array(["{}"])))
    derived = told.blocks.append_column("streams.format", pa.array(["x"]))
    (row,) = BY_NAME["blocks"].rows(derived.append_column("insert_time", pa.array([0])))
    assert "insert_time" not in row
    twice = pa.table([pa.array([ID]), pa.array([ID])], names=["process_id", "process_id"])
    with pytest.raises(WrongColumn):
        BY_NAME["payloads"].rows(twice)


def test_an_empty_upload_has_its_columns_checked(uploading, told):
    """
    Zero rows are fine, wrong columns are not.
    """
    assert uploading.take("processes", told.processes.slice(0, 0)) == 0
    with pytest.raises(WrongColumn):
        uploading.take("processes", pa.table({"x": pa.array([], pa.int64())}))


def jsonb(members):
    """Return an object of texts as the reference writes it."""
    keys = [key.encode() for key in members]
    values = [value.encode() for value in members.values()]
    words = [0x40000000 | len(keys)]
    words += [0x10000000 | len(part) for part in (*keys, *values)]
    return b"".join((*(word.to_bytes(4, "big") for word in words), *keys, *values))


PAIRS = pa.list_(pa.struct([("key", pa.utf8()), ("value", pa.utf8())]))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[("a", "1"), ("b", "zwei")]], pa.map_(pa.utf8(), pa.utf8())),
        pa.array([[{"key": "a", "value": "1"}, {"key": "b", "value": "zwei"}]], PAIRS),
        pa.array(['{"a": 1, "b": "zwei"}']),
        pa.array(['{"a": "1", "b": "zwei"}'], pa.large_utf8()).dictionary_encode(),
        pa.array([b'{"a":1,"b":"zwei"}']),
        pa.array([jsonb({"a": "1", "b": "zwei"})], pa.large_binary()),
        pa.array([jsonb({"a": "1", "b": "zwei"})]).dictionary_encode(),
    ],
    ids=["map", "pairs", "json", "dictionary", "json-bytes", "jsonb", "jsonb-dictionary"],
)
def test_properties_come_in_every_form(told, values):
    """
    Those of our own tables, of the reference then and now, and JSON.
    """
    (row,) = BY_NAME["processes"].rows(with_column(told.processes, "properties", values))
    assert row["properties"] == {"a": "1", "b": "zwei"}


def test_binary_json_of_every_plain_kind_is_read():
    """
    Texts, numbers, truth, null; what is nested, cut off or something else is refused.
    """
    kinds = {
        b"\x20\x00\x00\x00\x10\x00\x00\x01x": "x",
        b"\x20\x00\x00\x00\x20\x00\x00\x02\x40\xff": -1,
        b"\x20\x00\x00\x00\x20\x00\x00\x02\x50\xff": 255,
        b"\x20\x00\x00\x00\x20\x00\x00\x01\x00": 0,
        b"\x20\x00\x00\x00\x20\x00\x00\x09\x60\x3f\xf8" + bytes(6): 1.5,
        b"\x20\x00\x00\x00\x30\x00\x00\x00": False,
        b"\x20\x00\x00\x00\x40\x00\x00\x00": True,
        b"\x20\x00\x00\x00\x00\x00\x00\x00": None,
        b"\x80\x00\x00\x01\x40\x00\x00\x00": [True],
    }
    for data, value in kinds.items():
        assert parse_jsonb(data) == value
    whole = jsonb({"a": "1", "b": "zwei"})
    for data in (b"", b"\xff" * 8, *(whole[:length] for length in range(len(whole)))):
        with pytest.raises(NotJsonb):
            parse_jsonb(data)
    deep = whole
    for _ in range(3):
        deep = b"\x80\x00\x00\x01" + (0x50000000 | len(deep)).to_bytes(4, "big") + deep
    with pytest.raises(NotJsonb, match="nested"):
        parse_jsonb(deep)


def test_properties_are_bounded_as_the_receiver_bounds_them(told):
    """
    Each message names its limit.
    """
    for values, text in (
        ({f"k{n}": "" for n in range(wire.PROPERTIES_MAX + 1)}, "PROPERTIES_MAX"),
        ({"k" * 256: ""}, "TEXT_CHARS_MAX"),
        ({"k": "v" * (wire.PROPERTY_CHARS_MAX + 1)}, "PROPERTY_CHARS_MAX"),
        ({"k": "\0"}, "NUL"),
    ):
        column = pa.array([list(values.items())], pa.map_(pa.utf8(), pa.utf8()))
        with pytest.raises(WrongColumn, match=text):
            BY_NAME["processes"].rows(with_column(told.processes, "properties", column))


def test_ids_and_times_of_other_widths_mean_the_same(told):
    """
    UUIDs in capitals or as bytes, times in other units and zones, dictionaries, missing parents.
    """
    given = told.processes
    for values in (
        pa.array([ID.upper()]),
        pa.array([ID.replace("-", "")], pa.large_utf8()),
        pa.array([ID]).dictionary_encode(),
        pa.array([uuid.UUID(ID).bytes], pa.binary(16)),
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([uuid.UUID(ID).bytes], pa.binary(16))),
    ):
        (row,) = BY_NAME["processes"].rows(with_column(given, "process_id", values))
        assert row["process_id"] == ID
    seconds = pa.array([1_700_000_000], pa.timestamp("s", "Europe/Berlin"))
    (row,) = BY_NAME["processes"].rows(with_column(given, "start_time", seconds))
    assert row["start_time"] == 1_700_000_000 * 10**9
    for values, parent in (
        (pa.array([ID]), ID),
        (pa.array([""]), None),
        (pa.array([None], pa.utf8()), None),
        (pa.nulls(1), None),
    ):
        (row,) = BY_NAME["processes"].rows(with_column(given, "parent_process_id", values))
        assert row["parent_process_id"] == parent
