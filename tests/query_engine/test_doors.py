"""Both doors as a real process: started, asked, told to stop."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pyarrow as pa
import pyarrow.flight as fl
import pytest

from query_engine.flight.proto import pack_any

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A running `python -m query_engine`."""

    def __init__(self, database_url, root_uri, **settings):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "sdk" / "src"))),
            "LIMNO_DATABASE_URL": database_url,
            "LIMNO_ROOT_URI": root_uri,
            "LIMNO_QUERY_HTTP_PORT": "0",
            "LIMNO_QUERY_FLIGHT_PORT": "0",
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "query_engine"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def listen(self):
        """Wait for the doors."""
        self.http = self._address("http")
        self.flight = self._address("flight")
        return self

    def _address(self, door):
        line = self.process.stdout.readline()
        match = re.fullmatch(rf"{door}=(\S+)\n", line)
        assert match, line
        return match[1]

    def stop(self):
        """Send SIGTERM; returns the seconds until the end, the exit code, and what was logged."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, logged = self.process.communicate(timeout=30)
        return time.monotonic() - begun, self.process.returncode, logged


@pytest.fixture
def started(database_url, tmp_path):
    """Start processes over one lake; they are gone after the test."""
    processes = []

    def start(**settings):
        processes.append(Process(database_url, (tmp_path / "lake").as_uri(), **settings))
        return processes[-1]

    yield start
    for one in processes:
        one.process.kill()
        one.process.communicate()


def ticket(sql):
    return fl.Ticket(pack_any("TicketStatementQuery", {1: sql.encode()}))


@pytest.mark.slow
def test_the_process_answers_on_both_doors_and_stops_when_told(started):
    """
    Free ports are printed, both doors answer, SIGTERM ends it within seconds with success.
    """
    running = started().listen()
    with fl.connect(running.flight) as client:
        table = client.do_get(ticket("SELECT msg, time FROM log_entries")).read_all()
        assert table.num_rows == 0
        with pytest.raises(pa.ArrowInvalid) as caught:
            client.do_get(ticket("SELECT x FROM nowhere")).read_all()
    message = str(caught.value)
    assert "Traceback" not in message
    assert str(ROOT) not in message
    assert "query_id=" in message
    while httpx.get(running.http + "/ready").status_code != 200:
        pass  # the first answer takes a busy machine longer than a check may
    tables = {table["call"]: table for table in httpx.get(running.http + "/api/tables").json()}
    assert "process_spans('<process_id>', 'thread')" in tables
    assert tables["log_entries"]["columns"][0]["doc"]
    metrics = httpx.get(running.http + "/metrics").text
    assert "limnograph_query_snapshot_cache_misses" in metrics
    seconds, code, logged = running.stop()
    assert (code, seconds < 10) == (0, True), logged
    assert re.search(r"query [0-9a-f-]{36} ok door=flight rows=0", logged)


def digits_joined(count):
    """Return SQL for 10^count rows out of nothing."""
    digits = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))
    joined = ", ".join(f"d AS d{number}" for number in range(count))
    return f"WITH d AS ({digits}) SELECT d0.n, d1.n * 1000 AS m FROM {joined}"


@pytest.mark.slow
def test_memory_stays_flat_while_a_huge_result_streams(started):
    """
    A result far larger than the allowed growth passes through, on both doors.
    """
    running = started().listen()
    memory = psutil.Process(running.process.pid).memory_info
    sql = digits_joined(7)
    with fl.connect(running.flight) as client:
        client.do_get(ticket(digits_joined(5))).read_all()
        before = memory().rss
        rows, peak = 0, before
        for chunk in client.do_get(ticket(sql)):
            rows += chunk.data.num_rows
            peak = max(peak, memory().rss)
    with httpx.stream("POST", running.http + "/api/query", json={"sql": sql, "format": "csv"}) as r:
        for text in r.iter_bytes():
            rows += text.count(b"\n")
            peak = max(peak, memory().rss)
    assert rows == 2 * 10**7 + 1
    assert peak - before < 120 << 20


@pytest.mark.slow
def test_a_client_that_never_reads_does_not_hold_the_stop_up(started):
    """
    The drain has a deadline, whatever clients do.
    """
    running = started(LIMNO_QUERY_DRAIN_SECONDS_MAX="0.5").listen()
    client = fl.connect(running.flight)
    reader = client.do_get(ticket(digits_joined(9)))
    reader.read_chunk()
    seconds, code, logged = running.stop()
    client.close()
    assert (code, seconds < 8) == (0, True), logged


@pytest.mark.slow
def test_a_start_that_cannot_work_says_why(started, tmp_path):
    """
    A missing database is one line and an exit code, not a traceback.
    """
    running = started(LIMNO_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    _, logged = running.process.communicate(timeout=60)
    assert running.process.returncode == 1
    assert "cannot start" in logged
    assert "Traceback" not in logged
