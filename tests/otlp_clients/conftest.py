"""One real receiver and query service for the session, to which every client sends."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
import pytest

from stack.postgres import EmbeddedPostgres
from tests.app.processes import SERVICES, lake_environ, start
from tests.interop.conftest import environment
from tests.otlp_clients.programs import told

__all__ = ["environment"]


@dataclass(frozen=True, slots=True)
class Platform:
    """
    Where things are.

    Attributes:
        addresses: ``ingest``, ``grpc``, ``http`` and ``flight``.
    """

    addresses: dict[str, str]

    def told(self, protocol: str) -> dict[str, str]:
        """Say where to send and how, as OpenTelemetry's own variables do."""
        return told(self.addresses, protocol)


@pytest.fixture(scope="session")
def platform(
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """Return running services over a lake of their own."""
    folder = tmp_path_factory.mktemp("otlp_clients")
    name = f"otlp_clients_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    environ = lake_environ(postgres_server.url(name), folder / "lake")
    with ExitStack() as running:
        addresses: dict[str, str] = {}
        for module in SERVICES:
            addresses |= start(module, environ, running)
        yield Platform(addresses)
    with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
