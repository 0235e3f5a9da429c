"""The Flight door asked by the real ADBC driver: what DBAPI does, call by call."""

import datetime as dt
from decimal import Decimal

import adbc_driver_flightsql.dbapi as adbc
import adbc_driver_manager as adbc_manager
import pyarrow as pa
import pytest
from adbc_driver_flightsql import ConnectionOptions, DatabaseOptions, StatementOptions

from query_engine.flight.proto import pack_fields, parse_message
from tests.query_engine.flight.calls import act, until


@pytest.fixture
def connection(door):
    """A DBAPI connection."""
    with adbc.connect(f"grpc://127.0.0.1:{door.port}", autocommit=True) as connected:
        yield connected


@pytest.fixture
def slow(engine, memory_tables, slow_rows, gate):
    """A table `slow` whose rows wait for the end of the test; returns what stands behind."""
    memory_tables.frames["slow"] = slow_rows(3, 1, gate.wait)
    yield engine
    gate.set()


@pytest.fixture
def cursor(connection):
    """A cursor of it."""
    with connection.cursor() as opened:
        yield opened


def fetched(cursor, sql, parameters=None):
    """Return the rows of *sql*."""
    cursor.execute(sql, parameters)
    return cursor.fetch_arrow_table()


def test_a_query_is_answered_and_leaves_no_statement(cursor, connection, engine):
    """
    DBAPI prepares every query and closes it.
    """
    assert fetched(cursor, "SELECT n, name FROM numbers WHERE n < 2").to_pydict() == {
        "n": [0, 1],
        "name": ["n0", "n1"],
    }
    cursor.close()
    connection.close()
    assert len(engine.statements) == 0


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, pa.int64()),
        (-1.5, pa.float64()),
        ("é'; --", pa.utf8()),
        (b"\x00\xff", pa.binary()),
        (True, pa.bool_()),
        (None, pa.null()),
        (Decimal("-12.50"), pa.decimal128(4, 2)),
        (dt.date(2026, 1, 2), pa.date32()),
        (dt.time(1, 2, 3, 4), pa.time64("ns")),
        (dt.timedelta(days=1, microseconds=1), pa.duration("ns")),
        ([1, 2], pa.list_(pa.int64())),
    ],
    ids=repr,
)
def test_a_parameter_comes_back_as_it_was(cursor, value, kind):
    """
    In the Arrow type of SQL's.
    """
    table = fetched(cursor, "SELECT ? AS x", [value])
    assert table.schema.field("x").type == kind
    assert table.column("x").to_pylist() == [value]


def test_times_keep_their_nanoseconds(cursor):
    """
    Given and returned as Arrow, where Python's own types end at microseconds.
    """
    times = pa.array([1_767_322_245_123_456_789], pa.timestamp("ns", "UTC"))
    assert fetched(cursor, "SELECT ? AS x", pa.record_batch([times], ["0"]))["x"].chunk(0) == times


def test_parameters_find_rows(cursor):
    """
    In the order of `?`, by the numbers of `$1`, and in the order of names.
    """
    for sql in (
        "SELECT n FROM numbers WHERE n > ? AND name <> ?",
        "SELECT n FROM numbers WHERE name <> $2 AND n > $1",
        "SELECT n FROM numbers WHERE n > :least AND name <> :name",
    ):
        assert fetched(cursor, sql, [7, "n8"]).to_pydict() == {"n": [9]}


def test_many_rows_of_parameters_make_one_result(cursor):
    """
    In order.
    """
    rows = pa.record_batch({"0": [3, None, 1]})
    assert fetched(cursor, "SELECT n FROM numbers WHERE n = ?", rows).to_pydict() == {"n": [3, 1]}


def test_two_cursors_of_one_text_keep_their_values_apart(connection):
    """
    Their executions may be interleaved.
    """
    with connection.cursor() as one, connection.cursor() as other:
        one.execute("SELECT ? AS x", [1])
        other.execute("SELECT ? AS x", [2])
        assert (one.fetchall(), other.fetchall()) == ([(1,)], [(2,)])
        one.execute("SELECT ? AS x", [3])
        assert one.fetchone() == (3,)


def test_a_query_is_planned_and_its_partition_read_elsewhere(cursor, connection):
    """
    The schema without running, and a descriptor that any connection can read.
    """
    assert cursor.adbc_execute_schema("SELECT n FROM numbers").names == ["n"]
    parts, schema = cursor.adbc_execute_partitions("SELECT n FROM numbers")
    assert schema.names == ["n"]
    with connection.cursor() as other:
        other.adbc_read_partition(parts[0])
        assert other.fetch_arrow_table().num_rows == 10


@pytest.mark.parametrize(
    "sql", ["SHOW TABLES", "DESCRIBE numbers", "EXPLAIN SELECT n FROM numbers", "VALUES (1)"]
)
def test_statements_that_tell_are_prepared_too(cursor, sql):
    """
    Whatever SQL answers with rows.
    """
    assert fetched(cursor, sql).num_rows > 0


def test_an_error_after_rows_is_raised(cursor, memory_tables, slow_rows):
    """
    The status of a stream that breaks off is kept, and no part of it passes for the whole.
    """

    def fail():
        raise RuntimeError("secret")

    memory_tables.frames["broken"] = slow_rows(1, 1, fail)
    cursor.execute("SELECT n FROM numbers UNION ALL SELECT n FROM broken")
    with pytest.raises(adbc_manager.InternalError, match="query_id=") as caught:
        cursor.fetch_arrow_table()
    assert "secret" not in str(caught.value)


def test_a_partition_is_cancelled_as_the_flight_info_that_it_is(connection, client, slow):
    """
    From another connection, through the standard's action.
    """
    with connection.cursor() as cursor:
        [partition], _ = cursor.adbc_execute_partitions("SELECT n FROM slow")
        cursor.adbc_read_partition(partition)
        # The driver asks for the rows in the background.
        until(slow.service.running.all)
        [answer] = act(client, "CancelFlightInfo", pack_fields({1: partition}))
        assert parse_message(answer).number(1) == 1
        with pytest.raises(adbc_manager.Error, match="cancelled"):
            cursor.fetch_arrow_table()


def test_prepare_tells_the_parameters(cursor):
    """
    With the types that the text shows.
    """
    schema = cursor.adbc_prepare("SELECT n FROM numbers WHERE n = $2 AND name = $1")
    assert schema == pa.schema([("1", pa.utf8()), ("2", pa.int64())])


def test_catalog_and_schema_are_told(connection):
    """
    ADBC reads them from the session, and may set them to what they are.
    """
    assert connection.adbc_current_catalog == "limnograph"
    assert connection.adbc_current_db_schema == "public"
    connection.adbc_current_db_schema = "public"
    with pytest.raises(adbc_manager.Error):
        connection.adbc_current_db_schema = "elsewhere"


def test_session_options_of_others_are_unknown(connection):
    """
    Told as an error of the option, not of the connection.
    """
    option = f"{ConnectionOptions.OPTION_SESSION_OPTION_PREFIX.value}timezone"
    with pytest.raises(adbc_manager.Error):
        connection.adbc_connection.set_options(**{option: "UTC"})
    assert connection.adbc_current_catalog == "limnograph"


@pytest.mark.parametrize(
    ("sql", "error", "text"),
    [
        ("SELECT n FROM nowhere", adbc_manager.ProgrammingError, "no table 'nowhere'"),
        ("SELECT s FROM bad", adbc_manager.ProgrammingError, "cannot convert"),
        ("DELETE FROM numbers", adbc_manager.NotSupportedError, "SELECT"),
    ],
)
def test_errors_have_their_status_and_one_line(cursor, sql, error, text):
    """
    Of planning and of running, without paths.
    """
    with pytest.raises(error, match=text) as caught:
        fetched(cursor, sql)
    assert "Traceback" not in str(caught.value)
    assert ".py" not in str(caught.value)


def test_updates_are_refused_with_what_to_do(connection):
    """
    As a command, and as a prepared one.
    """
    with connection.cursor() as cursor:
        with pytest.raises(adbc_manager.NotSupportedError):
            cursor.executemany("INSERT INTO numbers VALUES (?)", [[1]])
        cursor.adbc_statement.set_sql_query("DELETE FROM numbers")
        with pytest.raises(adbc_manager.NotSupportedError, match="only reads"):
            cursor.adbc_statement.execute_update()


def test_without_autocommit_the_driver_warns(door):
    """
    There are no transactions to be had.
    """
    with (
        pytest.warns(adbc_manager.Warning, match="autocommit"),
        adbc.connect(f"grpc://127.0.0.1:{door.port}") as connected,
        connected.cursor() as cursor,
    ):
        assert fetched(cursor, "SELECT 1 AS a").to_pydict() == {"a": [1]}


@pytest.mark.parametrize(
    "options",
    [
        {"username": "ana", "password": "secret"},
        {DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer token"},
    ],
    ids=["password", "token"],
)
def test_credentials_are_accepted(door, options):
    """
    Whatever they are, for now.
    """
    uri = f"grpc://127.0.0.1:{door.port}"
    with (
        adbc.connect(uri, db_kwargs=options, autocommit=True) as connected,
        connected.cursor() as cursor,
    ):
        assert fetched(cursor, "SELECT 1 AS a").num_rows == 1


def test_headers_of_a_statement_count(cursor, memory_tables):
    """
    Range, limit and dictionaries, as options of the statement.
    """
    prefix = StatementOptions.RPC_CALL_HEADER_PREFIX.value
    cursor.adbc_statement.set_options(
        **{
            f"{prefix}limit": "3",
            f"{prefix}preserve_dictionary": "true",
            f"{prefix}query_range_begin": "1970-01-01T00:00:00Z",
            f"{prefix}query_range_end": "1970-01-01T00:00:01Z",
        }
    )
    table = fetched(cursor, "SELECT name FROM numbers")
    assert table.schema.types == [pa.dictionary(pa.int32(), pa.utf8())]
    assert table.num_rows == 3
    assert (memory_tables.ranges[-1].begin_ns, memory_tables.ranges[-1].end_ns) == (0, 10**9)
