"""ingest_api.operations and what stands behind it: health, readiness, metrics, the API's page."""

import threading
import time

import httpx
import psycopg
import pytest

from assets.errors import StorageUnavailable
from assets.storage.objects import open_store
from ingest_api import limits
from ingest_api.settings import IngestSettings


class Switch:
    """A store in memory that can be cut off, and counts how often it was asked to list."""

    def __init__(self) -> None:
        self._inner = open_store("memory://")
        self.put_new = self._inner.put_new
        self.get = self._inner.get
        self.get_ranges = self._inner.get_ranges
        self.delete = self._inner.delete
        self.off = False
        self.listed = 0

    def list(self, prefix: str):
        self.listed += 1
        if self.off:
            raise StorageUnavailable("the bucket does not answer")
        return self._inner.list(prefix)


def test_health_looks_at_nothing(receiver) -> None:
    """
    It says that the process lives; a supervisor restarts it when this fails.
    """
    answer = httpx.get(f"{receiver.url}/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_success_is_remembered_for_a_while(start_receiver, monkeypatch) -> None:
    """
    However many balancers ask, the stores are asked once.
    """
    monkeypatch.setattr(limits, "READY_CACHE_S", 60.0)
    switch = Switch()
    receiver = start_receiver(switch)
    for _ in range(5):
        assert httpx.get(f"{receiver.url}/ready").json() == {"status": "ready"}
    assert switch.listed == 1


def test_a_failure_is_not_remembered(start_receiver, monkeypatch) -> None:
    """
    A receiver is used again as soon as its stores answer.
    """
    monkeypatch.setattr(limits, "READY_CACHE_S", 0.0)
    switch = Switch()
    receiver = start_receiver(switch)
    switch.off = True
    answer = httpx.get(f"{receiver.url}/ready")
    assert answer.status_code == 503
    assert "bucket" in answer.json()["error"]["message"]
    switch.off = False
    assert httpx.get(f"{receiver.url}/ready").status_code == 200


def test_readiness_fails_without_postgres(start_receiver, monkeypatch) -> None:
    """
    Within a bounded time, and with what does not answer.
    """
    monkeypatch.setattr(limits, "READY_CHECK_S_MAX", 0.3)
    receiver = start_receiver()
    with psycopg.connect(receiver.lake.database_url) as blocker:
        blocker.execute("LOCK TABLE lake")
        answer = httpx.get(f"{receiver.url}/ready")
        assert answer.status_code == 503
        assert "did not answer" in answer.json()["error"]["message"]


def test_metrics_count_what_was_stored(receiver) -> None:
    """
    Requests by route and status, blocks, duplicates, events, bytes, commits. A repeated block is
    a duplicate and brings no events: the sum over all receivers is what was acknowledged once.
    """
    client = receiver.client()
    block = client.block(b"x" * 1_000)
    client.send(block)
    client.send(block)
    client.post(b"nonsense")
    httpx.get(f"{receiver.url}/nowhere")
    prefix = "limnograph_ingest_"
    expected = {
        'requests_total{route="/v1/blocks",status="200"}': 2,
        'requests_total{route="/v1/blocks",status="400"}': 1,
        'requests_total{route="other",status="404"}': 1,
        "blocks_total": 1,
        "duplicate_blocks_total": 1,
        "events_total": 3,
        "commit_blocks_count": 2,
        "commit_seconds_count": 2,
        "in_flight_bytes": 0,
    }
    for name, value in expected.items():
        assert receiver.metric(prefix + name) == value, name
    for name in ("received_bytes_total", "stored_bytes_total", "commit_bytes_sum"):
        assert receiver.metric(prefix + name) > 2_000, name


def test_unknown_paths_and_methods_have_the_same_error_shape(receiver) -> None:
    """
    One shape for every error, so a client needs one parser.
    """
    answer = httpx.get(f"{receiver.url}/nowhere")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    answer = httpx.get(f"{receiver.url}/v1/blocks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


OTLP_PREFIXES = ("/v1", "/ingestion/otlp/v1")
OTHER_DOORS = {
    "/ingestion/webhook",
    "/loki/api/v1/push",
    "/ingestion/otlp/v1/metrics/firehose",
    "/ingestion/cloudwatch/v1/logs/firehose",
    *("/api/v1/write", "/api/v1/push", "/prometheus/api/v1/write"),
}


def test_the_api_page_describes_every_route(receiver) -> None:
    """
    Tags, summaries, bodies and errors; nothing that we never answer.
    """
    page = httpx.get(f"{receiver.url}/openapi.json").json()
    otlp = {f"{at}/{s}" for at in OTLP_PREFIXES for s in ("logs", "metrics", "traces")}
    assert set(page["paths"]) == {
        *("/v1/blocks", "/health", "/ready", "/metrics", "/v1development/profiles", "/v1/profiles"),
        *otlp,
        *OTHER_DOORS,
    }
    for path in otlp:
        described = page["paths"][path]["post"]
        assert set(described["requestBody"]["content"]) == {
            "application/x-protobuf",
            "application/json",
        }
        assert set(described["responses"]) == {"200", "400", "413", "415", "503"}
    post = page["paths"]["/v1/blocks"]["post"]
    assert list(post["requestBody"]["content"]) == ["application/vnd.limnograph.v1"]
    assert set(post["responses"]) == {"200", "400", "413", "415", "503"}
    for operations in page["paths"].values():
        for operation in operations.values():
            assert operation["tags"]
            assert operation["summary"]
            assert operation["description"]
    assert "422" not in str(page)


def test_the_sweep_keeps_the_orphan_count_current(start_receiver, monkeypatch) -> None:
    """
    An operator sees blocks that wait for a stream that never comes.
    """
    monkeypatch.setattr(limits, "SWEEP_INTERVAL_S", 0.05)
    receiver = start_receiver()
    client = receiver.client()
    client.post(client.body(client.block(), streams=()))
    deadline = time.monotonic() + 5
    while receiver.metric("limnograph_ingest_orphan_blocks") != 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_failed_sweep_is_counted_and_the_next_one_runs(start_receiver, monkeypatch) -> None:
    """
    Maintenance never takes ingestion down.
    """
    monkeypatch.setattr(limits, "SWEEP_INTERVAL_S", 0.05)
    receiver = start_receiver()
    failed = "limnograph_ingest_sweeps_failed_total"
    orphans = "limnograph_ingest_orphan_blocks"
    deadline = time.monotonic() + 30
    with psycopg.connect(receiver.lake.database_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE orphan_blocks RENAME TO away")
        while not receiver.metric(failed):
            assert time.monotonic() < deadline
        conn.execute("ALTER TABLE away RENAME TO orphan_blocks")
    client = receiver.client()
    client.post(client.body(client.block(), streams=()))
    while receiver.metric(orphans) != 1:
        assert time.monotonic() < deadline


def test_many_may_ask_for_readiness_at_once(start_receiver, monkeypatch) -> None:
    """
    They share one check.
    """
    monkeypatch.setattr(limits, "READY_CACHE_S", 60.0)
    switch = Switch()
    receiver = start_receiver(switch)
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(httpx.get(f"{receiver.url}/ready").status_code)
        )
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 10
    assert switch.listed == 1


@pytest.mark.parametrize("name", list(IngestSettings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    """
    The reference page is made of these sentences.
    """
    description = IngestSettings.model_fields[name].description
    assert description
    assert description.endswith(".")
