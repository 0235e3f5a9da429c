"""A bucket that stops answering, and what the service says meanwhile; and uploads to a bucket."""

import contextlib
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from assets.errors import StorageUnavailable
from assets.storage.lake import open_lake
from query_engine.doors import lake_service
from query_engine.readiness import FRESH_S
from query_engine.settings import QuerySettings
from tests.assets.storage.conftest import bucket, s3_options
from tests.query_engine.ingest.conftest import told, uploading

__all__ = ["bucket", "s3_options", "told", "uploading"]


class Relay:
    """Hands connections on to an address, until it is frozen: then nothing goes through."""

    def __init__(self, host, port):
        self._target = (host, port)
        self._thaw = threading.Event()
        self._thaw.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self):
        self._thaw.clear()

    def thaw(self):
        self._thaw.set()

    def close(self):
        self._thaw.set()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._thaw.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(bucket):
    """Return the way to the bucket."""
    address = urlsplit(bucket.options.endpoint_url)
    made = Relay(address.hostname, address.port)
    yield made
    made.close()


@pytest.fixture
def lake(database_url, bucket, relay):
    """A lake whose objects are in a bucket behind the relay."""
    with open_lake(bucket.settings(database_url, endpoint_url=relay.url)) as opened:
        yield opened


@pytest.mark.slow
def test_a_bucket_that_hangs_makes_the_service_unready_in_time(lake, relay, workers):
    """
    Who asks is answered within the deadline, and hears of the recovery.
    """
    service, ready = lake_service(lake, QuerySettings(), workers)
    with contextlib.closing(contextlib.ExitStack()) as closing:
        closing.callback(service.close, 0)
        ready()
        relay.freeze()
        time.sleep(FRESH_S)
        begun = time.monotonic()
        with pytest.raises(StorageUnavailable, match="has not answered within 3 s"):
            ready()
        assert time.monotonic() - begun < 10
        relay.thaw()
        while True:
            try:
                ready()
                break
            except StorageUnavailable:
                time.sleep(0.1)


@pytest.mark.slow
def test_uploads_go_into_a_bucket_as_into_a_folder(uploading, told):
    """
    Staged objects are written, read back, and gone when the block is whole.
    """
    for name in ("payloads", "processes", "streams"):
        uploading.take(name, told.table(name))
    assert len(uploading.objects("staged/")) == 1
    uploading.take("blocks", told.blocks)
    assert uploading.messages() == ["one", "two"]
    assert uploading.objects("staged/") == []
