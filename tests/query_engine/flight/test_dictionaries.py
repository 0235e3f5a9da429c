"""Text as dictionaries, for clients that ask for them."""

import pyarrow as pa
import pyarrow.flight as fl
import pytest

from query_engine.flight.dictionaries import encoded_batches, encoded_schema
from tests.query_engine.flight.calls import (
    any_ticket,
    ask,
    bind,
    command,
    headers,
    prepare,
    prepared,
)

DICTIONARY = pa.dictionary(pa.int32(), pa.utf8())
PRESERVE = headers(preserve_dictionary="true")
SQL = "SELECT n, name FROM numbers WHERE n < 3"


def test_text_comes_as_dictionaries_when_asked_for(client):
    """
    In GetFlightInfo, GetSchema and DoGet alike; other columns are as ever.
    """
    statement = command("CommandStatementQuery", {1: SQL})
    table = ask(client, statement, PRESERVE)
    assert table.schema.types == [pa.int64(), DICTIONARY]
    assert table.to_pydict() == {"n": [0, 1, 2], "name": ["n0", "n1", "n2"]}
    assert client.get_schema(statement, PRESERVE).schema == table.schema
    plain = client.do_get(any_ticket(SQL), headers(preserve_dictionary="false")).read_all()
    assert plain.schema.types == [pa.int64(), pa.utf8()]


def test_dictionaries_change_from_batch_to_batch(client):
    """
    Each batch brings its own; two million rows of two thousand texts arrive whole.
    """
    sql = "SELECT 'm' || m AS name, n FROM many"
    reader = client.do_get(any_ticket(sql), PRESERVE)
    assert reader.schema.field("name").type == DICTIONARY
    rows, names = 0, set()
    for chunk in reader:
        rows += chunk.data.num_rows
        names |= set(chunk.data.column("name").dictionary.to_pylist())
    assert (rows, len(names)) == (2_000_000, 2000)


def test_an_empty_result_has_dictionaries_too(client):
    """
    The schema depends on the query alone.
    """
    table = client.do_get(any_ticket("SELECT s FROM empty"), PRESERVE).read_all()
    assert (table.schema.types, table.num_rows) == ([DICTIONARY], 0)


def test_prepared_statements_obey_too(client):
    """
    Also over several rows of values, and over none.
    """
    handle = prepare(client, "SELECT name FROM numbers WHERE n = ?").text(1)
    for numbers in ([3, 4], []):
        bind(client, handle, pa.table({"a": pa.array(numbers, pa.int64())}))
        table = ask(client, prepared(handle), PRESERVE)
        assert table.schema.types == [DICTIONARY]
        assert table.column(0).to_pylist() == [f"n{number}" for number in numbers]


def test_an_error_in_mid_stream_keeps_its_status(client, memory_tables, slow_rows):
    """
    A stream within the stream does not turn it into something else.
    """

    def fail():
        raise RuntimeError("secret")

    memory_tables.frames["broken"] = slow_rows(1, 1, fail)
    sql = "SELECT name FROM numbers UNION ALL SELECT CAST(n AS TEXT) FROM broken"
    with pytest.raises(fl.FlightInternalError, match="query_id=") as caught:
        client.do_get(any_ticket(sql), PRESERVE).read_all()
    assert "secret" not in str(caught.value)


def test_null_texts_stay_null():
    """
    Whatever else is in the column.
    """
    schema = pa.schema([("a", pa.utf8()), ("b", pa.list_(pa.utf8()))], {"k": "v"})
    batch = pa.record_batch([["x", None, "x"], [["y"], None, []]], schema=schema)
    encoded = encoded_schema(schema)
    [sent] = encoded_batches(iter([batch]), encoded)
    assert sent.schema.equals(encoded, check_metadata=True)
    assert sent.to_pydict() == batch.to_pydict()
