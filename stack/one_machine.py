"""
Everything on one machine, as one object: `limnod up`, the demo and the tests use it alike.

Order: Postgres, schema, then receiver, query service and Dagster side by side. Stopping goes the
other way round, Postgres last.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from assets.storage.lake import s3_options
from assets.storage.metadata.migrate import migrate
from assets.storage.objects import open_store, probe
from assets.storage.settings import LakeSettings
from ingest_api.settings import IngestSettings
from query_engine.settings import QuerySettings
from stack import probes
from stack.addresses import (
    OFF,
    Addresses,
    choose_addresses,
    configured_addresses,
    otlp_defaults,
)
from stack.dagster_home import DATABASE_VARIABLE, patience, sqlalchemy_url, write_dagster_home
from stack.data_directory import DataDirectory
from stack.errors import PartFailed
from stack.limits import DAGSTER_STOP_S, QUERY_DRAIN_S, STILL_WAITING_S
from stack.own_key import with_own_key
from stack.postgres import EmbeddedPostgres
from stack.probe.part import doors_of, probe_parts
from stack.program import STACK_ID_VARIABLE, PartSpec, Program, end_leftovers
from stack.reloading import RELOADS, CodeReloader
from stack.settings import GivenLakeSettings, StackSettings
from stack.supervise import Supervisor

LAKE_DATABASE = "limnograph"
DAGSTER_DATABASE = "dagster"


class OneMachine:
    """
    All parts of a lake, running on this machine while the context is open.

    Args:
        settings: Where data is and which ports to use.
        say: Prints one line for people.
    """

    def __init__(self, settings: StackSettings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._closing = ExitStack()
        self.directory = DataDirectory(settings.data_dir)

    def __enter__(self) -> Self:
        """
        Start Postgres, migrate, and begin to start the rest (`tick` goes on with it).

        Raises:
            StackError: Something is in the way; the message says what to do.
        """
        try:
            self._open()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def tick(self) -> None:
        """Look after every part once; call it a few times a second."""
        self.supervisor.tick()

    def wait_until_ready(self, *names: str) -> None:
        """Look after the parts until the named ones (all, when none is named) are ready."""
        said_s = time.monotonic()
        while not self.supervisor.is_ready(*names):
            self.tick()
            time.sleep(0.05)
            if time.monotonic() - said_s >= STILL_WAITING_S:
                said_s = time.monotonic()
                self._say(f"not ready yet: {', '.join(self.supervisor.not_ready())}")

    def _open(self) -> None:
        directory = self._closing.enter_context(self.directory)
        self._say(f"starting in {directory.path}")
        for process in end_leftovers(directory.stack_id()):
            self._say(f"ended pid {process.pid}, left over from a limnod that was killed")
        given, ingest, query = GivenLakeSettings(), IngestSettings(), QuerySettings()
        configured = configured_addresses(self._settings, ingest, query)
        self.addresses = choose_addresses(
            configured,
            dagster=self._settings.dagster,
            postgres_port=0 if given.database_url else self._settings.postgres_port,
            optional=otlp_defaults(ingest),
            say=self._say,
        )
        postgres: EmbeddedPostgres | None = None
        if not given.database_url:
            postgres = self._start_postgres()
        self.database_url = given.database_url or self._embedded_database(postgres, LAKE_DATABASE)
        self.root_uri = given.root_uri or directory.lake.as_uri()
        lake = LakeSettings(database_url=self.database_url, root_uri=self.root_uri)
        probe(open_store(self.root_uri, s3_options(lake)))
        for name in migrate(self.database_url):
            self._say(f"schema migrated: {name}")
        hosts = [ingest.host, query.host]
        environment = self._closing.enter_context(
            with_own_key(self._environment(query), self.database_url, hosts, directory.stack_id())
        )
        programs = _services(self.addresses, environment)
        doors = doors_of(self.addresses)
        if self._settings.probe:
            programs += probe_parts(
                self.addresses, environment, self._settings.probe_interval_s, self._say
            )
        if self._settings.dagster:
            environment[DATABASE_VARIABLE] = sqlalchemy_url(self._dagster_database(postgres))
            environment["DAGSTER_HOME"] = str(directory.dagster)
            environment |= patience()
            environment |= {name: os.environ.get(name, value) for name, value in doors.items()}
            workspace = write_dagster_home(directory.dagster, self.addresses.code_server_port)
            programs += _dagster_parts(self.addresses, environment, str(workspace))
        parts = [Program(spec, directory.logs) for spec in programs]
        self.supervisor = Supervisor([*([postgres] if postgres else []), *parts], self._say)
        if postgres:
            self.supervisor.adopt(postgres.name)
        if self._settings.dagster:
            reloader = CodeReloader(self.database_url, self.addresses.dagster_url, self._say)
            reloader.start()
            self._closing.callback(reloader.stop)
        self._closing.callback(self.supervisor.stop)
        directory.write_addresses(self.addresses)

    def _start_postgres(self) -> EmbeddedPostgres:
        postgres = EmbeddedPostgres(
            self.directory.postgres,
            port=self._settings.postgres_port,
            account=self._settings.postgres_account,
        )
        postgres.start()
        self._closing.callback(postgres.stop)
        return postgres

    def _embedded_database(self, postgres: EmbeddedPostgres | None, name: str) -> str:
        assert postgres is not None, "without a URL the embedded Postgres has been started"
        return postgres.ensure_database(name)

    def _dagster_database(self, postgres: EmbeddedPostgres | None) -> str:
        given = self._settings.dagster_database_url
        if given is not None:
            return given.get_secret_value()
        if postgres is not None:
            return self._embedded_database(postgres, DAGSTER_DATABASE)
        return ensure_database_beside(self.database_url)

    def _environment(self, query: QuerySettings) -> dict[str, str]:
        return {
            **os.environ,
            STACK_ID_VARIABLE: self.directory.stack_id(),
            "PYTHONUNBUFFERED": "1",
            "LIMNO_DATABASE_URL": self.database_url,
            "LIMNO_ROOT_URI": self.root_uri,
            "LIMNO_INGEST_PORT": str(self.addresses.ingest_port),
            "LIMNO_INGEST_GRPC_PORT": _port_or_off(self.addresses.ingest_grpc_port),
            "LIMNO_INGEST_OTLP_PORT": _port_or_off(self.addresses.ingest_otlp_port),
            "LIMNO_QUERY_HTTP_PORT": str(self.addresses.query_http_port),
            "LIMNO_QUERY_FLIGHT_PORT": str(self.addresses.query_flight_port),
            "LIMNO_QUERY_TELEMETRY_URI": os.environ.get(
                "LIMNO_QUERY_TELEMETRY_URI", self.addresses.ingest_url
            ),
            "LIMNO_QUERY_DRAIN_SECONDS_MAX": str(min(query.drain_seconds_max, QUERY_DRAIN_S)),
        }


def _port_or_off(port: int) -> str:
    return "off" if port == OFF else str(port)


def ensure_database_beside(database_url: str) -> str:
    """
    Return the URL of database ``<name>_dagster`` on the same server, made when it is not there.

    Raises:
        PartFailed: It is not there and may not be made by us.
    """
    parts = urlsplit(database_url)
    name = f"{parts.path.lstrip('/') or 'postgres'}_dagster"
    try:
        with psycopg.connect(database_url, autocommit=True) as conn:
            found = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if found.fetchone() is None:
                conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as exc:
        raise PartFailed(
            f"Dagster needs a database of its own and {name!r} cannot be made "
            f"({str(exc).strip()}): make it, set LIMNO_DAGSTER_DATABASE_URL, or LIMNO_DAGSTER=false"
        ) from exc
    return parts._replace(path=f"/{name}").geturl()


def _services(addresses: Addresses, environment: dict[str, str]) -> list[PartSpec]:
    ingest_ready = f"{addresses.ingest_url}/ready"
    return [
        PartSpec(
            name="ingest",
            command=(sys.executable, "-m", "ingest_api"),
            environment=environment,
            status=lambda: probes.http_status(ingest_ready),
        ),
        PartSpec(
            name="query",
            command=(sys.executable, "-m", "query_engine"),
            environment=environment,
            status=lambda: probes.query_status(addresses),
        ),
    ]


def _dagster_parts(
    addresses: Addresses, environment: dict[str, str], workspace: str
) -> list[PartSpec]:
    code_port, web = addresses.code_server_port, addresses.dagster_url
    return [
        PartSpec(
            name="dagster-code",
            command=(sys.executable, "-m", "stack.code_server", str(code_port), RELOADS),
            # Its clients hold calls open; it would wait a minute for them to hang up.
            environment={**environment, "DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD": "1"},
            stop_s_max=DAGSTER_STOP_S,
            status=lambda: probes.tcp_status("127.0.0.1", code_port),
        ),
        PartSpec(
            name="dagster-web",
            command=(
                *(sys.executable, "-m", "dagster_webserver", "--workspace", workspace),
                *("--host", addresses.dagster_host, "--port", str(addresses.dagster_port)),
            ),
            environment=environment,
            stop_s_max=DAGSTER_STOP_S,
            status=lambda: probes.http_status(f"{web}/server_info"),
            after=("dagster-code",),
        ),
        PartSpec(
            name="dagster-daemon",
            command=(sys.executable, "-m", "dagster._daemon", "run", "--workspace", workspace),
            environment=environment,
            stop_s_max=DAGSTER_STOP_S,
            status=lambda: probes.dagster_daemon_status(web),
            after=("dagster-code",),
        ),
    ]
