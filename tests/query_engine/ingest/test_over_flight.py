"""Uploads as clients send them: plain Flight, ADBC, and a client that is killed on the way."""

import contextlib
import signal
import subprocess
import sys
import threading

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pyarrow.flight as fl
import pytest

from assets.storage.bulk import BulkStore
from query_engine.doors import Doors
from query_engine.flight.proto import pack_any, parse_message
from query_engine.ingest.limits import UPLOAD_ROWS_MAX
from query_engine.ingest.uploads import Uploads
from query_engine.readiness import Readiness
from query_engine.settings import QuerySettings

ALL = ("processes", "streams", "blocks", "payloads")
CREATE, FAIL_IF_ABSENT = 1, 2
FAIL, APPEND, REPLACE = 1, 2, 3


@pytest.fixture
def open_doors(uploading, monkeypatch):
    """Open doors over the lake; returns their Flight address."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    opened = []

    def open_with(*, admin=True):
        service = uploading.service
        uploads = Uploads(
            BulkStore(uploading.lake),
            service.metrics,
            admin=admin,
            check_open=service.check_open,
        )
        settings = QuerySettings(http_port=0, flight_port=0)
        opened.append(Doors(service, Readiness(lambda: None), settings, uploads))
        return opened[-1].flight_url

    yield open_with
    for doors in opened:
        doors.close(1)


def descriptor(table, **fields):
    """Return the command as clients of Flight SQL pack it."""
    numbers = {"options": 1, "schema": 3, "catalog": 4, "temporary": 5, "transaction": 6}
    message = {2: table} | {numbers[name]: value for name, value in fields.items()}
    return fl.FlightDescriptor.for_command(pack_any("CommandStatementIngest", message))


def put(client, table, rows, **fields):
    """Upload as the reference's client does; returns the count of the answer."""
    writer, reader = client.do_put(descriptor(table, **fields), rows.schema)
    with contextlib.closing(writer):
        writer.write_table(rows)
        writer.done_writing()
        answer = reader.read()
    return parse_message(answer.to_pybytes(), "DoPutUpdateResult").signed(1)


def options(if_not_exist, if_exists):
    return bytes([8, if_not_exist, 16, if_exists])


def test_uploads_are_answered_with_their_rows_and_seen_at_once(open_doors, uploading, told):
    """
    As the reference's bulk_ingest sends them: no options, a bare answer.
    """
    with fl.connect(open_doors()) as client:
        assert [put(client, name, told.table(name)) for name in ALL] == [1, 1, 1, 1]
        sql = fl.Ticket(b"SELECT msg FROM log_entries ORDER BY time")
        assert client.do_get(sql).read_all()["msg"].to_pylist() == ["one", "two"]
    assert b'uploaded_rows_total{table="payloads"} 1.0' in uploading.service.metrics.text()


def test_adbc_appends_and_is_refused_what_would_replace(open_doors, uploading, told):
    """
    Modes append and create_append; create and replace say what to do instead.
    """
    with (
        adbc.connect(open_doors(), autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for name, mode in zip(ALL, ("append", "create_append") * 2, strict=True):
            assert cursor.adbc_ingest(name, told.table(name), mode=mode) == 1
        for mode in ("create", "replace"):
            with pytest.raises(adbc.NotSupportedError, match="mode 'append'"):
                cursor.adbc_ingest("processes", told.processes, mode=mode)
    assert uploading.messages() == ["one", "two"]


def test_options_are_obeyed_or_refused(open_doors, told):
    """
    Where the table is, and what to do with it.
    """
    with fl.connect(open_doors()) as client:
        rows = told.processes
        for good in (
            {"options": options(CREATE, APPEND), "schema": "public", "catalog": "limnograph"},
            {"options": options(FAIL_IF_ABSENT, APPEND)},
            {"options": options(0, 0), "schema": "", "catalog": ""},
        ):
            assert put(client, "processes", rows, **good) == 1
        for wrong, text in (
            ({"options": options(CREATE, FAIL)}, "is always there"),
            ({"options": options(CREATE, REPLACE)}, "cannot be replaced"),
            ({"schema": "system"}, "schema public"),
            ({"catalog": "other"}, "catalog limnograph"),
            ({"temporary": True}, "no temporary tables"),
            ({"transaction": b"t"}, "transactions are not supported"),
        ):
            with pytest.raises(NotImplementedError, match=text):
                put(client, "processes", rows, **wrong)


def test_errors_have_their_status(open_doors, uploading, told):
    """
    And one clean line; nothing is stored.
    """
    with fl.connect(open_doors()) as client:
        with pytest.raises(pa.ArrowKeyError, match="no table 'log_entries' to upload to"):
            put(client, "log_entries", told.processes)
        with pytest.raises(pa.ArrowInvalid, match="lacks exe") as caught:
            put(client, "processes", told.processes.drop_columns(["exe"]))
        assert "Traceback" not in str(caught.value)
    assert uploading.count("processes") == 0


def test_others_than_administrators_are_refused(open_doors, uploading, told):
    """
    With the status that says so.
    """
    with (
        fl.connect(open_doors(admin=False)) as client,
        pytest.raises(fl.FlightUnauthorizedError, match="LIMNO_QUERY_ADMIN"),
    ):
        put(client, "processes", told.processes)
    assert uploading.count("processes") == 0


def test_an_upload_that_is_too_large_is_refused_while_it_is_sent(open_doors, uploading, told):
    """
    The client need not send the rest to learn it.
    """
    batch = told.streams.to_batches()[0]
    many = pa.Table.from_batches([batch] * 1000).combine_chunks()
    with fl.connect(open_doors()) as client:
        writer, reader = client.do_put(descriptor("streams"), many.schema)

        def send_all():
            with contextlib.closing(writer):
                for _ in range(UPLOAD_ROWS_MAX // 1000 + 1):
                    writer.write_table(many)
                writer.done_writing()
                reader.read()

        with pytest.raises(pa.ArrowInvalid, match="UPLOAD_ROWS_MAX"):
            send_all()
    assert uploading.count("streams") == 0


KILLED = """
import sys, time
import pyarrow as pa, pyarrow.flight as fl
url, command = sys.argv[1], bytes.fromhex(sys.argv[2])
table = pa.ipc.open_stream(sys.stdin.buffer).read_all()
client = fl.connect(url)
writer, reader = client.do_put(fl.FlightDescriptor.for_command(command), table.schema)
writer.write_table(table)
print("sent", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_client_that_is_killed_in_the_middle_leaves_nothing(open_doors, uploading, told):
    """
    To the server it looks as if the client had sent all that it wanted to.
    """
    url = open_doors()
    for name in ALL:
        table = told.table(name)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, url, descriptor(name).command.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as uploader:
            uploader.stdin.write(sink.getvalue().to_pybytes())
            uploader.stdin.close()
            assert uploader.stdout.readline() == b"sent\n"
            uploader.send_signal(signal.SIGKILL)
        with fl.connect(url) as client:
            while b"limnograph_query_flight_calls 0.0" not in uploading.service.metrics.text():
                threading.Event().wait(0.02)
            assert client.do_get(fl.Ticket(b"SELECT 1 AS n")).read_all().num_rows == 1
    for table in ("processes", "streams", "blocks", "staged_blocks", "staged_payloads"):
        assert uploading.count(table) == 0
    assert uploading.objects("staged/") == []
