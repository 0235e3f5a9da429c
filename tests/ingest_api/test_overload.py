"""The in-flight limit under real load: bounded memory, honest refusals, nothing lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from assets.errors import Overloaded
from assets.storage.objects import ObjectStore, open_store
from ingest_api.in_flight import InFlight
from limnograph.wire.envelope import CONTENT_TYPE

PAYLOAD = 100_000
LIMIT = 1_000_000


class SlowStore:
    """A store in memory that takes its time to write."""

    def __init__(self, seconds: float) -> None:
        self._inner: ObjectStore = open_store("memory://")
        self._seconds = seconds
        self.get = self._inner.get
        self.get_ranges = self._inner.get_ranges
        self.list = self._inner.list
        self.delete = self._inner.delete

    def put_new(self, key: str, data: bytes) -> None:
        if key.startswith("segments/"):
            time.sleep(self._seconds)
        self._inner.put_new(key, data)


def test_a_reservation_is_all_or_nothing() -> None:
    """
    What is refused is not counted; what is held is given back at the end.
    """
    in_flight = InFlight(100)
    with in_flight.reservation() as first, in_flight.reservation() as second:
        first.hold(60)
        with pytest.raises(Overloaded, match="in_flight_bytes_max = 100"):
            second.hold(41)
        second.hold(40)
        first.hold(10)
        assert in_flight.bytes == 50
        first.hold(20)
    assert in_flight.bytes == 0


@pytest.mark.slow
def test_under_load_the_receiver_refuses_and_recovers(start_receiver) -> None:
    """
    Forty senders, each ten blocks, retrying on 503: memory stays under the limit, some are told
    to wait, and in the end every block is stored once.
    """
    receiver = start_receiver(SlowStore(0.05), in_flight_bytes_max=LIMIT, flushes_max=2)
    in_flight = receiver.receiver.in_flight
    peak = 0
    refused = threading.Semaphore(0)
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.is_set():
            peak = max(peak, in_flight.bytes)
            time.sleep(0.001)

    def send_all(number: int) -> int:
        accepted = 0
        client = receiver.client()
        headers = {"Content-Type": CONTENT_TYPE}
        with httpx.Client(timeout=60) as http:
            for _ in range(10):
                body = client.body(client.block(bytes([number]) * PAYLOAD))
                while True:
                    answer = http.post(f"{receiver.url}/v1/blocks", content=body, headers=headers)
                    if answer.status_code == 200:
                        break
                    assert answer.status_code == 503
                    assert answer.json()["error"]["code"] == "overloaded"
                    assert answer.headers["Retry-After"]
                    refused.release()
                    time.sleep(0.05)
                accepted += answer.json()["accepted"]
        return accepted

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(40) as threads:
        accepted = sum(threads.map(send_all, range(40)))
    done.set()
    watcher.join()
    assert accepted == 400
    assert receiver.rows("SELECT count(*), count(DISTINCT block_id) FROM blocks") == [(400, 400)]
    assert refused.acquire(blocking=False), "the load was too small to show anything"
    assert PAYLOAD < peak <= LIMIT
    assert in_flight.bytes == 0
    status = 'limnograph_ingest_requests_total{route="/v1/blocks",status="503"}'
    assert receiver.metric(status) > 0
