"""The Flight door, asked with a plain pyarrow client as the simplest clients ask."""

import time

import grpc
import pyarrow as pa
import pyarrow.flight as fl
import pytest

from query_engine.flight.proto import pack_any, pack_fields
from query_engine.limits import REQUEST_BYTES_MAX
from query_engine.tables.ranges import TimeRange
from tests.query_engine.flight.calls import any_ticket, headers


@pytest.mark.parametrize(
    "sql", ["SELECT n FROM numbers", "\nSELECT n FROM numbers", " select n from numbers"]
)
@pytest.mark.parametrize(
    "ticket",
    [
        any_ticket,
        lambda sql: fl.Ticket(pack_fields({1: sql.encode()})),
        lambda sql: fl.Ticket(sql.encode()),
    ],
    ids=["any", "bare", "text"],
)
def test_every_form_of_ticket_is_answered(client, ticket, sql):
    """
    An Any of TicketStatementQuery, the bare message and the SQL text itself.
    """
    table = client.do_get(ticket(sql)).read_all()
    assert table.column("n").to_pylist() == list(range(10))


def test_text_of_any_length_is_never_taken_for_a_message(client):
    """
    A line feed is also the tag of a message's first field, the next character its length.
    """
    for length in range(20, 140):
        sql = "\nSELECT n FROM numbers".ljust(length)
        assert client.do_get(fl.Ticket(sql.encode())).read_all().num_rows == 10
        bare = fl.Ticket(pack_fields({1: sql[1:].encode()}))
        assert client.do_get(bare).read_all().num_rows == 10


def test_range_and_limit_come_as_headers(client, memory_tables):
    """
    Both ends or neither; an empty value is an absent one.
    """
    ticket = any_ticket("SELECT n FROM numbers")
    begin, end = "1970-01-01T00:00:00.000000005+00:00", "1970-01-01T00:00:01Z"
    options = headers(query_range_begin=begin, query_range_end=end, limit="3")
    assert client.do_get(ticket, options).read_all().num_rows == 3
    client.do_get(ticket, headers(query_range_begin=begin)).read_all()
    client.do_get(ticket, headers(query_range_begin=begin, query_range_end="")).read_all()
    assert memory_tables.ranges == [TimeRange(5, 1_000_000_000), None, None]


@pytest.mark.parametrize(
    "values",
    [{"query_range_begin": "noon", "query_range_end": "noon"}, {"limit": "-1"}, {"limit": "x"}],
)
def test_a_bad_header_is_an_invalid_argument(client, values):
    """
    A header that cannot be read is refused, not ignored.
    """
    with pytest.raises(pa.ArrowInvalid):
        client.do_get(any_ticket("SELECT n FROM numbers"), headers(**values)).read_all()


def test_flight_info_leads_to_the_result(client):
    """
    GetFlightInfo tells the schema, and its ticket is answered.
    """
    command = pack_any("CommandStatementQuery", {1: b"SELECT name FROM numbers"})
    descriptor = fl.FlightDescriptor.for_command(command)
    info = client.get_flight_info(descriptor)
    assert info.schema == client.get_schema(descriptor).schema == pa.schema([("name", pa.utf8())])
    assert client.do_get(info.endpoints[0].ticket).read_all().num_rows == 10


def test_an_empty_result_has_its_schema(client):
    """
    No rows, all columns.
    """
    table = client.do_get(any_ticket("SELECT t, s FROM empty")).read_all()
    assert table.num_rows == 0
    assert table.schema.field("t").type == pa.timestamp("ns", "UTC")


@pytest.mark.parametrize(
    ("sql", "error", "text"),
    [
        ("SELECT n FROM nowhere", pa.ArrowInvalid, "no table 'nowhere'"),
        ("SELECT s FROM bad", pa.ArrowInvalid, "cannot convert 1 value to bigint"),
        ("DELETE FROM numbers", pa.ArrowNotImplementedError, "SELECT"),
        ("", pa.ArrowInvalid, "empty"),
    ],
)
def test_errors_are_one_clean_line_with_the_right_status(client, sql, error, text):
    """
    The status says whose fault it is; the text has the query's id and no traceback, no path.
    """
    with pytest.raises(error, match=text) as caught:
        client.do_get(any_ticket(sql)).read_all()
    message = str(caught.value)
    assert "query_id=" in message
    assert "Traceback" not in message
    assert ".py" not in message


def test_an_internal_error_hides_its_text(client, memory_tables, slow_rows):
    """
    Only the query's id leaves the server.
    """

    def fail():
        raise RuntimeError("secret")

    memory_tables.frames["broken"] = slow_rows(1, 1, fail)
    with pytest.raises(fl.FlightInternalError, match="query_id=") as caught:
        client.do_get(any_ticket("SELECT n FROM broken")).read_all()
    assert "secret" not in str(caught.value)


def test_a_long_error_keeps_its_status(client):
    """
    Clients lose the status of errors that do not fit their trailers, so the text is cut.
    """
    with pytest.raises(pa.ArrowInvalid) as caught:
        client.do_get(any_ticket("SELECT n FROM " + "x" * 50_000)).read_all()
    assert len(str(caught.value)) < 8000


@pytest.mark.parametrize(
    ("sql", "kind", "text"),
    [
        ("SELECT 1 FROM nowhere", pa.ArrowInvalid, "no table 'nowhere'"),
        ("SELECT 1; SELECT 2", pa.ArrowNotImplementedError, "one statement at a time"),
        ("SELECT 1 / (n - n) FROM numbers", pa.ArrowInvalid, "division by zero"),
    ],
)
def test_an_error_is_said_once(client, sql, kind, text):
    """
    The library appends Python's rendering of an error to its text, which is its class here.
    """
    with pytest.raises(kind) as caught:
        client.do_get(any_ticket(sql)).read_all()
    said = str(caught.value).partition(". gRPC client debug context")[0]
    assert said.count(text) == 1
    assert said.split("Detail: ")[1].split()[:2] == ["Python", "exception:"]


def test_a_full_service_is_unavailable(client, service, memory_tables, slow_rows):
    """
    The client can tell that it should come back later.
    """
    service.close(0)
    with pytest.raises(fl.FlightUnavailableError, match="stopping"):
        client.do_get(any_ticket("SELECT n FROM numbers")).read_all()


def test_everything_else_is_refused_cleanly(client):
    """
    What is not supported says so.
    """
    calls = [
        lambda: list(client.list_flights()),
        lambda: list(client.do_action(fl.Action("RenewFlightEndpoint", b""))),
        lambda: client.get_flight_info(
            fl.FlightDescriptor.for_command(pack_any("CommandGetNothing", {}))
        ),
        lambda: client.do_get(fl.Ticket(pack_any("CommandGetNothing", {}))).read_all(),
    ]
    for call in calls:
        with pytest.raises(NotImplementedError, match="not supported"):
            call()
    with pytest.raises(pa.ArrowInvalid, match="no command"):
        client.get_flight_info(fl.FlightDescriptor.for_path("numbers"))


def test_an_update_without_data_is_refused_as_others_are(door):
    """
    The client library of Go sends the command and nothing after it.
    """
    command = pack_any("CommandStatementUpdate", {1: "DELETE FROM numbers"})
    request = pack_fields({1: pack_fields({1: 2, 2: command})})
    with grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel:
        put = channel.stream_stream("/arrow.flight.protocol.FlightService/DoPut")
        with pytest.raises(grpc.RpcError) as caught:
            list(put(iter([request])))
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "only reads" in caught.value.details()


def test_a_client_that_leaves_stops_its_query(client, service, memory_tables, slow_rows):
    """
    Cancelling the call ends the engine's work within a moment.
    """
    memory_tables.frames["slow"] = slow_rows(100_000, 1, lambda: time.sleep(0.005))
    reader = client.do_get(any_ticket("SELECT n FROM slow"))
    time.sleep(0.3)
    reader.cancel()
    deadline = time.monotonic() + 5
    while b"limnograph_query_running 0.0" not in service.metrics.text():
        assert time.monotonic() < deadline, "the query still runs"
        time.sleep(0.02)


def test_two_million_rows_arrive_in_small_batches(client):
    """
    No message comes near the 16 MiB that clients accept.
    """
    reader = client.do_get(any_ticket("SELECT n, m FROM many"))
    sizes = [chunk.data.nbytes for chunk in reader]
    assert sum(sizes) == 2_000_000 * 16
    assert max(sizes) <= 4 << 20


def test_a_huge_ticket_is_refused_by_its_size(client):
    """
    Nothing is parsed of what cannot be a query.
    """
    with pytest.raises(pa.ArrowInvalid, match="the limit is"):
        client.do_get(fl.Ticket(b"x" * (REQUEST_BYTES_MAX + 1))).read_all()
