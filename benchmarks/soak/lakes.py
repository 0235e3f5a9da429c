"""Lakes for the exactness tests: a fresh one for an example, and one whose programs are killed."""

import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg

from assets.storage.metadata.migrate import migrate
from assets.storage.settings import LakeSettings
from benchmarks.soak.clock import MovableClock
from benchmarks.soak.maintenance import CACHE_BYTES, Maintenance, maintenance_of
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class FreshLake:
    """A lake with a clock of its own."""

    database_url: str
    clock: MovableClock
    maintenance: Maintenance


@dataclass(frozen=True, slots=True)
class KillableLake:
    """A lake, what its programs need to find it, and where the receiver listens."""

    environ: Mapping[str, str]
    port: int
    maintenance: Maintenance
    clock: MovableClock


def fresh_lake(
    server: EmbeddedPostgres,
    root: Path,
    exits: ExitStack,
    *,
    workers: WorkerPool | None = None,
    decoded_bytes: int = CACHE_BYTES,
) -> FreshLake:
    """Open a lake that is gone when *exits* close; for the others see ``maintenance_of``."""
    settings = _settings(server, root, exits)
    clock = MovableClock(settings.database_url)
    maintenance = exits.enter_context(maintenance_of(settings, workers, decoded_bytes))
    return FreshLake(settings.database_url, clock, maintenance)


def killable_lake(
    server: EmbeddedPostgres, root: Path, exits: ExitStack, *, behind: timedelta = timedelta(0)
) -> KillableLake:
    """Open a lake for real programs whose clock is so much behind; it is gone with *exits*."""
    settings = _settings(server, root, exits)
    clock = MovableClock(settings.database_url)
    clock.advance(-behind)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = {
        **os.environ,
        "LIMNO_DATABASE_URL": settings.database_url,
        "LIMNO_ROOT_URI": settings.root_uri,
        "LIMNO_INGEST_PORT": str(port),
        "LIMNO_INGEST_GRPC_PORT": "off",
        "LIMNO_INGEST_OTLP_PORT": "off",
        "LIMNO_INGEST_ACCESS_LOG": "false",
        "PYTHONPATH": os.pathsep.join(_import_path()),
    }
    return KillableLake(environ, port, exits.enter_context(maintenance_of(settings)), clock)


def _settings(server: EmbeddedPostgres, root: Path, exits: ExitStack) -> LakeSettings:
    name = f"lake_{uuid.uuid4().hex}"
    url = server.ensure_database(name)
    exits.callback(_drop, server, name)
    migrate(url)
    folder = Path(tempfile.mkdtemp(dir=root))
    exits.callback(shutil.rmtree, folder)
    return LakeSettings(database_url=url, root_uri=folder.as_uri())


def _drop(server: EmbeddedPostgres, name: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _import_path() -> list[str]:
    """Return where the programs find the packages when they are not installed."""
    top = Path(__file__).parents[2]
    return [str(top), str(top / "sdk" / "src"), os.environ.get("PYTHONPATH", "")]
