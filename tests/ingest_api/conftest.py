"""A real receiver on a free port, a real Postgres behind it, and bodies to send to it."""

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn

from assets.materialize import DecodedCache, read_tail
from assets.storage.lake import open_lake
from assets.storage.objects import ObjectStore
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache, ensure_table
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from auth.authenticator import Authenticator
from ingest_api.app import create_app
from ingest_api.listening import address_of, bind_otlp
from ingest_api.receiver import Receiver
from ingest_api.settings import IngestSettings
from limnograph.wire.envelope import CONTENT_TYPE, Block, Process, Stream, encode_request

HEADERS = {"Content-Type": CONTENT_TYPE}


@dataclass
class Client:
    """An application: one process with one stream, sending blocks over HTTP."""

    url: str
    process_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    stream_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def process(self, **changes: object) -> Process:
        values = {
            "process_id": self.process_id,
            "exe": "shop",
            "username": "ada",
            "realname": "Ada",
            "computer": "desk",
            "distro": "linux",
            "cpu_brand": "cpu",
            "tsc_frequency": 1_000_000_000,
            "start_time_ns": 1_000,
            "start_ticks": 0,
        }
        return Process(**(values | changes))

    def stream(self, **changes: object) -> Stream:
        values = {
            "stream_id": self.stream_id,
            "process_id": self.process_id,
            "format": "limnograph/v1",
            "tags": ("log",),
        }
        return Stream(**(values | changes))

    def block(
        self, payload: bytes = b"payload", block_id: str | None = None
    ) -> tuple[Block, bytes]:
        block = Block(
            block_id=block_id or str(uuid.uuid4()),
            stream_id=self.stream_id,
            process_id=self.process_id,
            begin_time_ns=10,
            end_time_ns=20,
            begin_ticks=0,
            end_ticks=10,
            nb_objects=3,
            object_offset=0,
            payload_size=len(payload),
        )
        return block, payload

    def body(
        self, *blocks: tuple[Block, bytes], streams: tuple[Stream, ...] | None = None
    ) -> bytes:
        chosen = (self.stream(),) if streams is None else streams
        return encode_request(self.process(), chosen, blocks)

    def post(self, body: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(
            f"{self.url}/v1/blocks", content=body, headers=HEADERS | named, timeout=60
        )

    def send(self, *blocks: tuple[Block, bytes]) -> httpx.Response:
        return self.post(self.body(*blocks))


class RunningReceiver:
    """The application in uvicorn, in a thread of the test's process."""

    def __init__(
        self,
        settings: IngestSettings,
        lake: LakeSettings,
        objects: ObjectStore | None,
        authenticator: Authenticator | None = None,
    ):
        self.lake = lake
        bound = bind_otlp(settings, "grpc_port")
        self.grpc = address_of(bound[0]) if bound else ""
        app = create_app(settings, lake, objects=objects, grpc=bound, authenticator=authenticator)
        self.receiver: Receiver = app.state.receiver
        self.authenticator: Authenticator = app.state.authenticator
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the receiver did not start"
            time.sleep(0.005)

    def stop(self, patience_s: int | None = None) -> None:
        self._server.config.timeout_graceful_shutdown = patience_s
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive(), "the receiver did not stop"

    def client(self) -> Client:
        return Client(self.url)

    def wait_for_requests(self, *, writing: int, waiting: int) -> None:
        """Return when so many groups are being written and so many requests wait for a group."""
        groups = self.receiver.groups
        deadline = time.monotonic() + 30
        while (len(groups._flushes), len(groups._waiting)) != (writing, waiting):
            assert time.monotonic() < deadline, (len(groups._flushes), len(groups._waiting))
            time.sleep(0.005)

    def rows(self, query: str) -> list[tuple]:
        with psycopg.connect(self.lake.database_url) as conn:
            return conn.execute(query).fetchall()

    def view(self, name: str) -> list[dict]:
        """Return what a query sees of a view of which nothing is materialized, oldest first."""
        view = view_named(name)
        with open_lake(self.lake) as lake:
            ensure_table(lake, table_spec(view))
            snapshot = TableCache().snapshot(lake, table_spec(view))
            rows = read_tail(lake, view, snapshot, cache=DecodedCache())
            return rows.sort(view.time_column, maintain_order=True).collect().to_dicts()

    def metric(self, name: str) -> float:
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


StartReceiver = Callable[..., RunningReceiver]


@pytest.fixture
def lake_settings(database_url: str, tmp_path: Path) -> LakeSettings:
    return LakeSettings(database_url=database_url, root_uri=(tmp_path / "lake").as_uri())


@pytest.fixture
def start_receiver(lake_settings: LakeSettings) -> Iterator[StartReceiver]:
    """Start a receiver with these settings; it is stopped after the test."""
    with contextlib.ExitStack() as running:

        def start(objects: ObjectStore | None = None, **settings: object) -> RunningReceiver:
            started = RunningReceiver(IngestSettings(**settings), lake_settings, objects)
            started.start()
            running.callback(started.stop)
            return started

        yield start


@pytest.fixture
def receiver(start_receiver: StartReceiver) -> RunningReceiver:
    return start_receiver()
