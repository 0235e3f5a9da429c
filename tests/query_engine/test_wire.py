"""What a result looks like on the wire."""

import polars as pl
import pyarrow as pa
import pytest

from query_engine.errors import QueryFailed
from query_engine.wire import to_batches, wire_schema

EVERY_TYPE = pl.DataFrame(
    {
        "i": [2**60, None],
        "u": pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
        "f": [float("nan"), None],
        "s": ["é", ""],
        "t": pl.Series([1_760_000_000_123_456_789, None]).cast(pl.Datetime("ns", "UTC")),
        "d": pl.Series([1, None]).cast(pl.Date),
        "du": pl.Series([5, None]).cast(pl.Duration("ns")),
        "b": [True, None],
        "bin": [b"\x00\xff", None],
        "m": pl.Series([{"k": "v"}, None], dtype=pl.Map(pl.String(), pl.String())),
        "l": [[1, 2], None],
        "ls": [["a"], []],
        "st": [{"x": 1, "y": "a"}, {"x": None, "y": None}],
        "n": [None, None],
        "c": pl.Series(["a", None], dtype=pl.Categorical()),
        "e": pl.Series(["a", None], dtype=pl.Enum(["a"])),
        "dec": pl.Series(["1.23", None]).cast(pl.Decimal(10, 2)),
    }
)


def test_every_type_arrives_as_announced():
    """
    The schema is told from the types alone, and every value survives.
    """
    schema = wire_schema(EVERY_TYPE.schema)
    (batch,) = to_batches(EVERY_TYPE, schema)
    assert batch.schema == schema
    got, sent = batch.to_pylist(), EVERY_TYPE.to_arrow().to_pylist()
    assert str(got) == str(sent)


def test_clients_get_the_types_that_every_arrow_library_knows():
    """
    No large or view types, no dictionaries, maps as maps, times in nanoseconds of UTC.
    """
    types = {field.name: str(field.type) for field in wire_schema(EVERY_TYPE.schema)}
    assert types["s"] == types["c"] == types["e"] == "string"
    assert types["bin"] == "binary"
    assert types["t"] == "timestamp[ns, tz=UTC]"
    assert types["m"].startswith("map<string, string")
    assert types["ls"].startswith("list<item: string")


def test_a_type_without_an_arrow_form_is_an_error():
    """
    Nothing is sent in a guess.
    """
    with pytest.raises(QueryFailed, match="cannot be sent"):
        wire_schema(pl.Schema({"o": pl.Object()}))


def test_batches_are_split_by_bytes_not_only_by_rows():
    """
    One huge row among small ones stands alone, order and values are kept.
    """
    frame = pl.DataFrame({"s": ["x" * 1000] * 1000 + ["y" * 3_000_000] + ["z"]})
    batches = list(to_batches(frame, wire_schema(frame.schema), bytes_max=1 << 20))
    assert max(batch.nbytes for batch in batches if batch.num_rows > 1) <= 1 << 20
    assert pa.Table.from_batches(batches).column("s").to_pylist() == frame["s"].to_list()


def test_no_rows_make_no_batch():
    """
    An empty result is a schema and nothing else.
    """
    frame = EVERY_TYPE.clear()
    assert list(to_batches(frame, wire_schema(frame.schema))) == []
