"""What the receiver does when a store fails: nothing is acknowledged, and a retry works."""

import http.client
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from assets.errors import StorageUnavailable
from assets.storage.objects import ObjectInfo, ObjectStore, open_store
from assets.storage.segment import decode_index
from ingest_api import limits


class FailingStore:
    """A store in memory whose puts of segments fail, or wait, while it is told so."""

    def __init__(self) -> None:
        self._inner = open_store("memory://")
        self.failing = False
        self.go = threading.Event()
        self.go.set()

    def put_new(self, key: str, data: bytes) -> None:
        if key.startswith("segments/"):
            self.go.wait(60)
            if self.failing:
                raise StorageUnavailable("the bucket does not answer")
        self._inner.put_new(key, data)

    def get(self, key: str) -> bytes:
        return self._inner.get(key)

    def get_ranges(self, key: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        return self._inner.get_ranges(key, ranges)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        if self.failing:
            raise StorageUnavailable("the bucket does not answer")
        return self._inner.list(prefix)

    def delete(self, keys: Sequence[str]) -> None:
        self._inner.delete(keys)


@pytest.fixture
def store() -> FailingStore:
    twin: ObjectStore = FailingStore()
    return twin


def terminate_sessions(receiver) -> None:
    with psycopg.connect(receiver.lake.database_url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_nothing_is_acknowledged_while_the_object_store_fails(start_receiver, store) -> None:
    """
    503 with Retry-After, no rows; sent again unchanged it is stored once.
    """
    receiver = start_receiver(store)
    client = receiver.client()
    body = client.body(client.block())
    store.failing = True
    answer = client.post(body)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(limits.RETRY_AFTER_S)
    assert answer.json()["error"]["code"] == "storage_unavailable"
    for table in ("blocks", "block_keys", "segments", "processes", "orphan_blocks"):
        assert receiver.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    store.failing = False
    assert client.post(body).json() == {"accepted": 1, "duplicates": 0}
    assert client.post(body).json() == {"accepted": 0, "duplicates": 1}
    assert receiver.rows("SELECT count(*) FROM blocks") == [(1,)]


def test_lost_sessions_cost_some_503_and_nothing_else(receiver) -> None:
    """
    Postgres was restarted: each session of the pool fails at most once, and retries work.
    """
    client = receiver.client()
    sent = []
    for _ in range(3):
        body = client.body(block := client.block())
        sent.append(block[0].block_id)
        terminate_sessions(receiver)
        for _ in range(20):
            answer = client.post(body)
            assert answer.status_code in {200, 503}, answer.text
            if answer.status_code == 200:
                break
            time.sleep(0.1)
        assert answer.status_code == 200
    assert {row[0] for row in receiver.rows("SELECT block_id::text FROM blocks")} == set(sent)


def test_a_postgres_that_hangs_is_given_up(start_receiver, monkeypatch) -> None:
    """
    A lock that somebody holds for hours must not hold requests for hours.
    """
    monkeypatch.setattr(limits, "COMMIT_S_MAX", 0.5)
    receiver = start_receiver()
    client = receiver.client()
    body = client.body(client.block())
    with psycopg.connect(receiver.lake.database_url) as blocker:
        blocker.execute("LOCK TABLE block_keys")
        answer = client.post(body)
        assert answer.status_code == 503
        assert "did not commit within" in answer.json()["error"]["message"]
    assert client.post(body).status_code == 200


def test_one_request_that_postgres_refuses_spoils_no_other(start_receiver, store) -> None:
    """
    A group that fails for a reason that is no outage is tried request by request.
    """
    receiver = start_receiver(store, flushes_max=1)
    with psycopg.connect(receiver.lake.database_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE processes ADD CHECK (exe <> 'poison')")
    first, good, bad = receiver.client(), receiver.client(), receiver.client()
    bad.process = lambda **_: type(bad).process(bad, exe="poison")
    store.go.clear()
    with ThreadPoolExecutor(5) as threads:
        threads.submit(first.send, first.block())  # occupies the store; the others join
        receiver.wait_for_requests(writing=1, waiting=0)
        goods = [threads.submit(good.send, good.block()) for _ in range(3)]
        bads = threads.submit(bad.send, bad.block())
        receiver.wait_for_requests(writing=1, waiting=4)
        store.go.set()
    assert [answer.result().status_code for answer in goods] == [200] * 3
    assert bads.result().status_code == 500
    assert bads.result().headers["Retry-After"]
    status = 'limnograph_ingest_requests_total{route="/v1/blocks",status="500"}'
    assert receiver.metric(status) == 1
    assert receiver.rows("SELECT count(*) FROM blocks") == [(4,)]


def test_requests_that_come_together_share_one_segment(start_receiver, store) -> None:
    """
    One object, one transaction; the object's index names every block in it.
    """
    receiver = start_receiver(store, flushes_max=1)
    first, *clients = [receiver.client() for _ in range(7)]
    shared = clients[0].block(b"shared", str(uuid.uuid4()))
    store.go.clear()
    with ThreadPoolExecutor(10) as threads:
        threads.submit(first.send, first.block())
        receiver.wait_for_requests(writing=1, waiting=0)
        answers = [threads.submit(client.send, client.block()) for client in clients]
        answers += [threads.submit(clients[0].send, shared) for _ in range(2)]
        receiver.wait_for_requests(writing=1, waiting=8)
        store.go.set()
    assert sum(answer.result().json()["accepted"] for answer in answers) == 7
    assert sum(answer.result().json()["duplicates"] for answer in answers) == 1
    sizes = receiver.rows(
        "SELECT object_key, count(*), count(DISTINCT xid::text) FROM segments"
        " JOIN blocks USING (segment_id) GROUP BY object_key ORDER BY 2"
    )
    assert [(blocks, transactions) for _, blocks, transactions in sizes] == [(1, 1), (7, 1)]
    index = decode_index(store.get(sizes[1][0]))
    assert len(index.blocks) == len({block.block_id for block in index.blocks}) == 7
    assert {process.process_id for process in index.processes} == {
        client.process_id for client in clients
    }


def test_a_client_that_leaves_takes_nobody_with_it(start_receiver, store) -> None:
    """
    Its group is stored all the same, its own block included.
    """
    receiver = start_receiver(store)
    leaving, staying = receiver.client(), receiver.client()
    body = leaving.body(leaving.block())
    store.go.clear()
    with ThreadPoolExecutor(2) as threads:
        host, port = receiver.url.removeprefix("http://").split(":")
        conn = http.client.HTTPConnection(host, int(port))
        conn.request("POST", "/v1/blocks", body, {"Content-Type": "application/vnd.limnograph.v1"})
        receiver.wait_for_requests(writing=1, waiting=0)
        answer = threads.submit(staying.send, staying.block())
        receiver.wait_for_requests(writing=2, waiting=0)
        conn.close()
        time.sleep(0.1)
        store.go.set()
        assert answer.result().status_code == 200
    deadline = time.monotonic() + 5
    while receiver.rows("SELECT count(*) FROM blocks") != [(2,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_new_cluster_behind_the_same_address_starts_a_new_epoch(receiver) -> None:
    """
    A standby was promoted while the receiver ran: its sessions are new, and so is the epoch.
    """
    client = receiver.client()
    client.send(client.block())
    with psycopg.connect(receiver.lake.database_url, autocommit=True) as conn:
        conn.execute("UPDATE lake SET timeline = '0000BEEF'")
    terminate_sessions(receiver)
    block = client.block()
    deadline = time.monotonic() + 10
    while client.send(block).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert receiver.rows("SELECT epoch FROM blocks ORDER BY position") == [(0,), (1,)]


def test_a_hanging_store_does_not_hold_up_the_end(start_receiver, store, monkeypatch) -> None:
    """
    After LAST_FLUSH_S_MAX the receiver ends; whoever got no answer sends again elsewhere.
    """
    monkeypatch.setattr(limits, "LAST_FLUSH_S_MAX", 0.2)
    receiver = start_receiver(store)
    client = receiver.client()
    store.go.clear()
    with ThreadPoolExecutor(1) as threads:
        sending = threads.submit(client.send, client.block())
        receiver.wait_for_requests(writing=1, waiting=0)
        begin = time.monotonic()
        receiver.stop(patience_s=1)
        assert time.monotonic() - begin < 8
        store.go.set()
        assert sending.exception() is not None or sending.result().status_code >= 500
    assert receiver.rows("SELECT count(*) FROM blocks") == [(0,)]
