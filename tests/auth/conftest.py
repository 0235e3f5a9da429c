"""A provider with real keys, API keys in a real Postgres, and both services behind a login."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import polars as pl
import psycopg
import pytest

from assets.storage.settings import LakeSettings
from auth.authenticator import Authenticator
from auth.connections import key_connections
from auth.key_records import KeyRecords
from auth.key_ring import KeyRing
from auth.settings import Issuer
from ingest_api.settings import IngestSettings
from query_engine.doors import Doors
from query_engine.metrics import QueryMetrics
from query_engine.readiness import Readiness
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.memory import MemoryTables
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres
from tests.auth.credentials import CREDENTIALS, SETTINGS, Issuers
from tests.auth.provider import Provider
from tests.conftest import fresh_database
from tests.ingest_api.conftest import RunningReceiver


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, seconds: float = 1_000.0) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of RS256 that a test may change as it likes."""
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def connect(database_url: str) -> Callable[[], AbstractContextManager[psycopg.Connection]]:
    return lambda: psycopg.connect(database_url, autocommit=True)


@pytest.fixture
def records(connect: Callable[[], AbstractContextManager[psycopg.Connection]]) -> KeyRecords:
    return KeyRecords(connect)


@pytest.fixture(scope="module")
def database(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    with fresh_database(postgres_server, migrated_template) as url:
        yield url


@pytest.fixture(scope="module")
def issuers(database: str) -> Iterator[Issuers]:
    provider, stranger = Provider(), Provider()
    with key_connections(database) as pool:
        yield Issuers(provider, stranger, KeyRecords(pool.connection))
    provider.close()
    stranger.close()


@pytest.fixture(scope="module")
def credentials(issuers: Issuers) -> dict[str, str | None]:
    """One of each kind, as text."""
    return {name: kind.make(issuers) for name, kind in CREDENTIALS.items()}


@pytest.fixture(scope="module")
def guard(issuers: Issuers, database: str) -> Iterator[Callable[[], Authenticator]]:
    """Returns who stands at a door; each service has one of its own."""
    pool = key_connections(database)
    standing: list[Authenticator] = []

    def made() -> Authenticator:
        trusted = Issuer(**issuers.provider.settings, **SETTINGS)
        standing.append(Authenticator([trusted], KeyRing(KeyRecords(pool.connection))))
        return standing[-1]

    yield made
    for one in standing:
        one.close()
    pool.close()


@pytest.fixture(scope="module")
def receiver(
    guard: Callable[[], Authenticator], database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningReceiver]:
    lake = LakeSettings(
        database_url=database, root_uri=(tmp_path_factory.mktemp("lake") / "lake").as_uri()
    )
    running = RunningReceiver(IngestSettings(grpc_port=0), lake, None, guard())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def doors(guard: Callable[[], Authenticator], workers: WorkerPool) -> Iterator[Doors]:
    settings = QuerySettings(http_port=0, flight_port=0)
    tables = MemoryTables({"t": pl.DataFrame({"a": [1]})})
    service = QueryService(tables, settings, QueryMetrics(), workers)
    opened = Doors(service, Readiness(lambda: None), settings, None, guard())
    yield opened
    opened.close(1.0)
