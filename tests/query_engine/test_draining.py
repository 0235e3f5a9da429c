"""How the process stops: what it says meanwhile, whom it waits for, and when it does not."""

import re
import signal
import ssl

import httpx
import pyarrow.flight as fl
import pytest

from tests.query_engine.test_doors import digits_joined, started, ticket
from tests.query_engine.tls.conftest import Authority, Folder

__all__ = ["started"]


NO_QUERY = b"00000000-0000-0000-0000-000000000000"


def ready(client):
    """Return the status that balancers see."""
    return client.get("/ready").status_code


def wait_until_ready(client):
    """Wait for the lake: the first answer takes a busy machine longer than a check may."""
    while ready(client) != 200:
        pass


@pytest.mark.slow
def test_a_service_that_drains_is_not_ready_and_a_second_signal_ends_it_at_once(started):
    """
    Running queries would get a minute; health, readiness and new queries are answered meanwhile.
    """
    running = started(LIMNO_QUERY_DRAIN_SECONDS_MAX="60").listen()
    with (
        fl.connect(running.flight) as flight,
        httpx.Client(base_url=running.http, timeout=60) as http,
    ):
        reader = flight.do_get(ticket(digits_joined(9)))
        reader.read_chunk()
        wait_until_ready(http)
        running.process.send_signal(signal.SIGTERM)
        while ready(http) == 200:
            pass
        assert http.get("/ready").json()["error"]["code"] == "shutting_down"
        assert http.get("/health").status_code == 200
        assert http.post("/api/query", json={"sql": "SELECT 1 AS n"}).status_code == 503
        for refused in (
            lambda: flight.do_get(ticket("SELECT 1 AS n")).read_all(),
            lambda: list(flight.do_action(fl.Action("HealthCheck", b""))),
        ):
            with pytest.raises(fl.FlightUnavailableError, match="stopping"):
                refused()
        assert reader.read_chunk().data.num_rows > 0
        seconds, code, logged = running.stop()
    assert (code, seconds < 20) == (128 + signal.SIGTERM, True), logged


@pytest.mark.slow
def test_nobody_holds_the_stop_up(started, tmp_path):
    """
    With TLS: connections that are kept open, a stream and an answer that nobody reads.
    """
    authority, folder = Authority("one"), Folder(tmp_path)
    folder.put(authority.pair())
    running = started(
        LIMNO_QUERY_DRAIN_SECONDS_MAX="0.5",
        LIMNO_QUERY_TLS_CERT_FILE=str(folder.certificate),
        LIMNO_QUERY_TLS_KEY_FILE=str(folder.key),
    ).listen()
    assert running.http.startswith("https://")
    trusting = ssl.create_default_context(cadata=authority.pem.decode())
    question = {"sql": digits_joined(9), "format": "csv"}
    with (
        fl.connect(running.flight, tls_root_certs=authority.pem) as idle,
        fl.connect(running.flight, tls_root_certs=authority.pem) as unread,
        httpx.Client(base_url=running.http, verify=trusting, timeout=60) as http,
        httpx.Client(base_url=running.http, verify=trusting, timeout=60) as other,
        other.stream("POST", "/api/query", json=question) as answer,
    ):
        assert next(answer.iter_raw())
        assert http.get("/health").status_code == 200
        wait_until_ready(http)
        assert len(list(idle.do_action(fl.Action("limnograph.CancelQuery", NO_QUERY)))) == 1
        unread.do_get(ticket(digits_joined(9))).read_chunk()
        seconds, code, logged = running.stop()
    assert (code, seconds < 20) == (0, True), logged


@pytest.mark.slow
def test_wrong_tls_files_end_the_start_with_a_line_that_names_them(started, tmp_path):
    """
    Before a port is opened.
    """
    authority, folder = Authority("one"), Folder(tmp_path)
    folder.put(authority.pair())
    folder.key.write_bytes(authority.pair().key)
    running = started(
        LIMNO_QUERY_TLS_CERT_FILE=str(folder.certificate),
        LIMNO_QUERY_TLS_KEY_FILE=str(folder.key),
    )
    said, logged = running.process.communicate(timeout=60)
    assert running.process.returncode == 1
    assert said == ""
    assert re.search(r"cannot start: the key .*tls\.key is not that of", logged)
    assert "Traceback" not in logged
