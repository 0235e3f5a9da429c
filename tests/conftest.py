"""What every test has: a real Postgres, fresh databases, a fresh lake, and temporary files."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from stack.postgres import EmbeddedPostgres

if TYPE_CHECKING:
    from assets.storage.lake import Lake
    from query_engine.workers.pool import WorkerPool

IN_MEMORY = Path("/dev/shm")
IN_MEMORY_BYTES_MIN = 8 << 30
"""Temporary files lie in memory where at least this much of it is free, and on disk elsewhere."""

LONG_FILES = Path(__file__).with_name("long_files.txt")


def temporary_files_in_memory() -> None:
    """
    Keep this run's temporary files off the disk, unless TMPDIR says where they go.

    Making a file takes some disks a millisecond. Every database has hundreds of them, and most
    tests have a database of their own.
    """
    if "TMPDIR" in os.environ or not IN_MEMORY.is_dir():
        return
    if shutil.disk_usage(IN_MEMORY).free >= IN_MEMORY_BYTES_MIN:
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None


temporary_files_in_memory()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker does one alone at the end."""
    order = {name: at for at, name in enumerate(LONG_FILES.read_text().split())}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


@pytest.fixture(autouse=True)
def sdk_leaves_nothing_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test's processes would leave to the next start away from all other tests."""
    monkeypatch.setenv("LIMNO_STATE_DIR", "none")


@pytest.fixture(autouse=True)
def receivers_leave_the_default_ports_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep receivers of tests off OpenTelemetry's ports, which there is one of for all of them."""
    monkeypatch.setenv("LIMNO_INGEST_GRPC_PORT", "off")
    monkeypatch.setenv("LIMNO_INGEST_OTLP_PORT", "off")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """
    One embedded Postgres for the session (each pytest-xdist worker has its own).

    Not below pytest's own directory: that one is private to us, and the server runs as
    another account when the tests run as root.
    """
    root = Path(tempfile.mkdtemp(prefix="limnograph-test-"))
    root.chmod(0o711)
    try:
        with EmbeddedPostgres(root / "postgres", durable=False) as server:
            yield server
    finally:
        shutil.rmtree(root)


@pytest.fixture
def empty_database_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """Return the URL of a fresh database with nothing in it; it is dropped after the test."""
    with fresh_database(postgres_server, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """Name of a database with the current schema, copied for each test that needs one."""
    from assets.storage.metadata.migrate import migrate

    migrate(postgres_server.ensure_database("migrated_template"))
    return "migrated_template"


@pytest.fixture
def database_url(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """Return the URL of a fresh database with the current schema; it is dropped afterwards."""
    with fresh_database(postgres_server, migrated_template) as url:
        yield url


@pytest.fixture
def lake(database_url: str, tmp_path: Path) -> "Iterator[Lake]":
    """Open an empty lake: local files below ``tmp_path`` and a fresh database."""
    from assets.storage.lake import open_lake
    from assets.storage.settings import LakeSettings

    settings = LakeSettings(database_url=database_url, root_uri=(tmp_path / "lake").as_uri())
    with open_lake(settings) as opened:
        yield opened


@contextmanager
def fresh_database(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Copy a template, give the copy's URL, and drop it."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    with psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator["WorkerPool"]:
    """Return the worker processes that query services in tests share: starting them takes time."""
    from query_engine.workers.pool import WorkerPool
    from query_engine.workers.start import PoolOptions

    pool = WorkerPool(PoolOptions(workers_max=8, scratch=tmp_path_factory.mktemp("scratch")))
    yield pool
    pool.close()
