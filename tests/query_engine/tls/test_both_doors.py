"""TLS on both doors, with clients that check it, across changes of the certificate."""

import socket
import ssl
import sys
import threading
import time

import httpx
import pyarrow as pa
import pyarrow.flight as fl
import pytest

from query_engine.doors import Doors
from query_engine.readiness import Readiness
from query_engine.settings import QuerySettings

SQL = fl.Ticket(b"SELECT n FROM numbers")


@pytest.fixture
def opened(service, folder, authority, monkeypatch):
    """Open doors with a certificate of ``authority`` and further settings."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    folder.put(authority.pair("first"))
    made = []

    def open_doors(**further):
        settings = QuerySettings(
            http_port=0,
            flight_port=0,
            tls_cert_file=str(folder.certificate),
            tls_key_file=str(folder.key),
            tls_look_seconds=3600,
            **further,
        )
        made.append(Doors(service, Readiness(lambda: None), settings))
        return made[-1]

    yield open_doors
    for doors in made:
        doors.close(1)


class Gated:
    """The table ``gated``, whose rows wait."""

    def __init__(self, service, gate):
        self._service, self.set = service, gate.set

    def wait_for_queries(self, count):
        """Wait until so many queries run."""
        while sum(query.state == "running" for query in self._service.running.all()) < count:
            time.sleep(0.01)


@pytest.fixture
def gated(service, memory_tables, slow_rows, gate):
    """Make the table."""
    memory_tables.frames["gated"] = slow_rows(3, 1, gate.wait)
    return Gated(service, gate)


def flight(doors, authority, **how):
    return fl.connect(doors.flight_url, tls_root_certs=authority.pem, **how)


def http(doors, authority, pair=None, tmp_path=None):
    context = ssl.create_default_context(cadata=authority.pem.decode())
    if pair:
        path = tmp_path / "client.pem"
        path.write_bytes(pair.key + pair.certificate)
        context.load_cert_chain(path)
    return httpx.Client(base_url=doors.http_url, verify=context)


def presented(port):
    """Return the certificate that a port presents, as PEM."""
    return ssl.get_server_certificate(("127.0.0.1", port)).encode()


def test_both_doors_answer_who_trusts_their_authority(opened, authority):
    """
    The addresses that the service prints are those that clients connect to.
    """
    doors = opened()
    assert doors.flight_url.startswith("grpc+tls://")
    with flight(doors, authority) as client:
        assert client.do_get(SQL).read_all().num_rows == 10
    with http(doors, authority) as client:
        assert client.get("/health").json() == {"status": "ok"}


def test_who_trusts_another_authority_is_told(opened, other_authority):
    """
    The client's error names the certificate, not just a broken connection.
    """
    doors = opened()
    with (
        flight(doors, other_authority) as client,
        pytest.raises(fl.FlightUnavailableError, match="certificate verify failed"),
    ):
        client.do_get(SQL).read_all()
    with (
        http(doors, other_authority) as client,
        pytest.raises(httpx.ConnectError, match="certificate verify failed"),
    ):
        client.get("/health")


def test_who_speaks_without_tls_gets_no_answer(opened):
    """
    There is no second, open way in.
    """
    doors = opened()
    with (
        fl.connect(doors.flight_url.replace("+tls", "+tcp")) as client,
        pytest.raises(fl.FlightUnavailableError),
    ):
        client.do_get(SQL).read_all()
    with pytest.raises(httpx.TransportError):
        httpx.get(doors.http_url.replace("https", "http") + "/health")


def test_a_new_certificate_is_presented_while_old_streams_go_on(
    opened, folder, authority, other_authority, gated
):
    """
    A stream that was under way on either door ends whole; who connects meets the new certificate.
    """
    doors = opened()
    rows = {}

    def read_flight():
        with flight(doors, authority) as client:
            rows["flight"] = client.do_get(fl.Ticket(b"SELECT n FROM gated")).read_all().num_rows

    def read_http():
        with http(doors, authority) as client:
            answer = client.post("/api/query", json={"sql": "SELECT n FROM gated"}, timeout=60)
            rows["http"] = answer.json()["row_count"]

    readers = [threading.Thread(target=read) for read in (read_flight, read_http)]
    for reader in readers:
        reader.start()
    gated.wait_for_queries(2)
    new = other_authority.pair("second")
    folder.put(new)
    doors.watch.look()
    assert presented(doors.http_port) == presented(doors.flight_port)
    assert presented(doors.http_port).split() == new.certificate.split()
    with http(doors, other_authority) as client:
        assert client.get("/health").status_code == 200
    with flight(doors, other_authority) as client:
        assert client.get_schema(fl.FlightDescriptor.for_command(b"SELECT 1 AS n")) is not None
    gated.set()
    for reader in readers:
        reader.join()
    assert rows == {"flight": 3, "http": 3}


def test_half_a_pair_breaks_nothing(opened, folder, authority):
    """
    The doors go on with what they have.
    """
    doors = opened()
    folder.certificate.write_bytes(authority.pair().certificate)
    doors.watch.look()
    with flight(doors, authority) as client:
        assert client.do_get(SQL).read_all().num_rows == 10


def test_many_changes_leave_one_door(opened, folder, authority):
    """
    Each successor gets the port, and clients that keep their channel find it again.
    """
    doors = opened()
    with flight(doors, authority) as client:
        for number in range(5):
            folder.put(authority.pair(f"server {number}"))
            doors.watch.look()
            assert presented(doors.flight_port).split() == folder.certificate.read_bytes().split()
            while not is_answered(client):
                pass


def is_answered(client):
    """Ask; a call that meets the end of the old server's connection may fail."""
    try:
        return client.do_get(SQL).read_all().num_rows == 10
    except (fl.FlightUnavailableError, fl.FlightCancelledError):
        return False


@pytest.fixture
def client_authority_file(tmp_path, other_authority):
    """Return the file with the authority that clients' certificates come from."""
    path = tmp_path / "clients.pem"
    path.write_bytes(other_authority.pem)
    return path


def test_clients_need_a_certificate_when_an_authority_for_them_is_set(
    opened, client_authority_file, authority, other_authority, tmp_path
):
    """
    On both doors: without one, or with one of somebody else, nobody gets in.
    """
    doors = opened(tls_client_ca_file=str(client_authority_file))
    for pair, welcome in (
        (other_authority.pair("me"), True),
        (authority.pair("me"), False),
        (None, False),
    ):
        own = {"cert_chain": pair.certificate, "private_key": pair.key} if pair else {}
        with (
            flight(doors, authority, **own) as on_flight,
            http(doors, authority, pair, tmp_path) as on_http,
        ):
            if welcome:
                assert on_flight.do_get(SQL).read_all().num_rows == 10
                assert on_http.get("/health").status_code == 200
                continue
            with pytest.raises(pa.ArrowException):
                on_flight.do_get(SQL).read_all()
            with pytest.raises(httpx.TransportError):
                on_http.get("/health")


def test_a_client_authority_that_changes_takes_the_old_one_s_word_back(
    opened, client_authority_file, authority, other_authority, tmp_path
):
    """
    Certificates of the authority that is not named any more do not open the doors any more.
    """
    doors = opened(tls_client_ca_file=str(client_authority_file))
    client_authority_file.write_bytes(authority.pem)
    doors.watch.look()
    with http(doors, authority, authority.pair(), tmp_path) as client:
        assert client.get("/health").status_code == 200
    with (
        http(doors, authority, other_authority.pair(), tmp_path) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get("/health")
    old = other_authority.pair()
    with (
        flight(doors, authority, cert_chain=old.certificate, private_key=old.key) as client,
        pytest.raises(pa.ArrowException),
    ):
        client.do_get(SQL).read_all()


def test_a_port_in_use_is_named(service):
    """
    The error says which, and nothing of the service stays behind.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for field in ("http_port", "flight_port"):
            settings = QuerySettings(**{"http_port": 0, "flight_port": 0, field: port})
            with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
                Doors(service, Readiness(lambda: None), settings)
