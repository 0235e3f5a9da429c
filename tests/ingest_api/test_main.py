"""``python -m ingest_api`` as a real process: start, access log, drain."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from auth.key_records import KeyRecords, KeyWish

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def process(lake_settings, tmp_path: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk' / 'src'}",
        "LIMNO_DATABASE_URL": lake_settings.database_url,
        "LIMNO_ROOT_URI": lake_settings.root_uri,
        "LIMNO_INGEST_PORT": "0",
        **variables,
    }
    with (tmp_path / "log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "ingest_api"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield started
        finally:
            started.kill()
            started.wait()
            assert started.stdout is not None
            started.stdout.close()


def url_of(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    line = started.stdout.readline()
    assert line.startswith("limnograph receiver on http://"), line
    url = f"http://127.0.0.1:{line.rpartition(':')[2].strip()}"
    deadline = time.monotonic() + 20
    while True:
        try:
            if httpx.get(f"{url}/ready").status_code == 200:
                return url
        except httpx.TransportError:
            assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def client_class(receiver) -> type:
    return type(receiver.client())


@pytest.mark.slow
def test_a_receiver_that_is_asked_to_stop_answers_first(
    lake_settings, tmp_path: Path, client_class
) -> None:
    """
    SIGTERM while a request is being stored: it is answered 200, then the process ends.
    """
    with process(lake_settings, tmp_path) as started:
        client = client_class(url_of(started))
        answers = []
        with psycopg.connect(lake_settings.database_url) as blocker:
            blocker.execute("LOCK TABLE block_keys")
            sender = threading.Thread(
                target=lambda: answers.append(client.send(client.block()).status_code)
            )
            sender.start()
            while (
                "limnograph_ingest_in_flight_bytes 0.0" in httpx.get(f"{client.url}/metrics").text
            ):
                time.sleep(0.01)
            started.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        sender.join()
        assert answers == [200]
        begin = time.monotonic()
        assert started.wait(10) == 0
        assert time.monotonic() - begin < 5


@pytest.mark.slow
def test_the_access_log_has_one_json_line_per_request(
    lake_settings, tmp_path: Path, client_class
) -> None:
    """
    With what was asked, what became of it and how long it took; health checks are left out.
    """
    with process(lake_settings, tmp_path) as started:
        client = client_class(url_of(started))
        client.send(client.block())
        client.post(b"nonsense")
        started.send_signal(signal.SIGTERM)
        output, _ = started.communicate(timeout=10)
    stored, refused = [json.loads(line) for line in output.splitlines() if line[0] == "{"]
    assert {"time", "client", "method", "path", "status", "ms", "bytes"} <= set(stored)
    assert (stored["status"], stored["accepted"], stored["duplicates"]) == (200, 1, 0)
    assert stored["process_id"] == client.process_id
    assert (refused["status"], refused["error"]) == (400, "malformed_body")


@pytest.mark.slow
def test_a_lake_that_cannot_be_opened_ends_the_process_with_its_reason(
    lake_settings, tmp_path: Path
) -> None:
    """
    No traceback to read through: one line that says what to do.
    """
    with psycopg.connect(lake_settings.database_url, autocommit=True) as conn:
        conn.execute("DELETE FROM schema_migrations")
    with process(lake_settings, tmp_path) as started:
        assert started.wait(20) != 0
    log = (tmp_path / "log").read_text()
    assert "limnod migrate" in log
    assert "Traceback" not in log


def test_an_address_that_is_taken_names_its_setting(lake_settings, tmp_path: Path) -> None:
    """
    One line again: which address, and what to change.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with process(lake_settings, tmp_path, LIMNO_INGEST_PORT=str(port)) as started:
            assert started.wait(20) != 0
    log = (tmp_path / "log").read_text()
    assert f"port {port}" in log
    assert "LIMNO_INGEST_PORT" in log
    assert "Traceback" not in log


def test_it_does_not_start_where_others_reach_it_and_nobody_could_come_in(
    lake_settings, tmp_path: Path, database_url: str
) -> None:
    """
    The error says what to do; with an API key it starts, and wants it.
    """
    with process(lake_settings, tmp_path, LIMNO_INGEST_HOST="0.0.0.0") as started:
        assert started.wait(60) == 1
    assert "limnod keys create" in (tmp_path / "log").read_text()
    everybody = {"LIMNO_INGEST_HOST": "0.0.0.0", "LIMNO_AUTH_DISABLED": "true"}
    with process(lake_settings, tmp_path, **everybody) as started:
        assert started.wait(60) == 1
    assert "LIMNO_AUTH_I_KNOW" in (tmp_path / "log").read_text()
    records = KeyRecords(lambda: psycopg.connect(database_url, autocommit=True))
    key, _ = records.mint(KeyWish(name="k", scopes=["ingest"]), by="ada")
    with process(lake_settings, tmp_path, LIMNO_INGEST_HOST="0.0.0.0") as started:
        url = f"{url_of(started)}/v1/blocks"
        assert httpx.post(url, timeout=60).status_code == 401
        held = {"Authorization": f"Bearer {key}"}
        assert httpx.post(url, headers=held, timeout=60).status_code == 415
        started.send_signal(signal.SIGTERM)
        assert started.wait(60) == 0
    assert key not in (tmp_path / "log").read_text()
    assert records.listed()[0].last_used_at is not None
