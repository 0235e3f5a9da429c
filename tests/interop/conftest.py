"""One real service over one lake with known data, for every client of the session."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from assets.materialize import materialize, rebuild
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.metadata.requests import Wish, move, open_requests
from assets.storage.settings import LakeSettings
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
from stack.postgres import EmbeddedPostgres
from tests.app.processes import SERVICES, lake_environ, start
from tests.interop import clockwork, shop
from tests.interop.environments import HERE, Environment, beyond_reach, environment_of
from tests.query_engine.tls.conftest import Authority

SETTLE_SECONDS_MAX = 60
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Service:
    """
    A running service.

    Attributes:
        addresses: ``ingest``, ``http`` and ``flight``.
        environ: What a client's check is told: the addresses as LIMNO_HTTP and LIMNO_FLIGHT, those
            of a service that encrypts as LIMNO_HTTPS and LIMNO_FLIGHT_TLS, the file of who signed
            its certificate as LIMNO_AUTHORITY, and in LIMNO_FACTS the path of a JSON file that
            says what is in the lake; LAKE is its root; in LIMNO_PAGE comes the path of the
            client's page.
    """

    addresses: dict[str, str]
    environ: dict[str, str]

    def ports(self) -> dict[str, str]:
        """Return the real port by the one that pages show."""
        real = {name: address.rpartition(":")[2] for name, address in self.addresses.items()}
        return {"9480": real["ingest"], "9481": real["http"], "9482": real["flight"]}


@pytest.fixture(scope="session")
def service(
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """Return a service whose lake has two applications' data in tables and two's in the tail."""
    folder = tmp_path_factory.mktemp("interop")
    name = f"interop_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
    url = postgres_server.url(name)
    settings = LakeSettings(database_url=url, root_uri=(folder / "lake").as_uri())
    with ExitStack() as running:
        environ = lake_environ(url, folder / "lake") | {"LIMNO_QUERY_ADMIN": "true"}
        addresses: dict[str, str] = {}
        for module in SERVICES:
            addresses |= start(module, environ, running)
        lake = running.enter_context(open_lake(settings))
        facts = _filled(lake, addresses["ingest"])
        running.enter_context(_orchestration(lake))
        encrypted = start("query_engine", environ | _certified(folder), running)
        (folder / "facts.json").write_text(json.dumps(facts))
        told = {
            "LIMNO_HTTP": addresses["http"],
            "LIMNO_FLIGHT": addresses["flight"],
            "LIMNO_HTTPS": encrypted["http"],
            "LIMNO_FLIGHT_TLS": encrypted["flight"],
            "LIMNO_AUTHORITY": str(folder / "ca.pem"),
            # What Go, Python and Node read for an authority that the machine does not know.
            "SSL_CERT_FILE": str(folder / "ca.pem"),
            "NODE_EXTRA_CA_CERTS": str(folder / "ca.pem"),
            "LIMNO_FACTS": str(folder / "facts.json"),
            "LAKE": str(folder / "lake"),
        }
        yield Service(addresses, told)
    with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def environment(pytestconfig: pytest.Config) -> Callable[[str], Environment]:
    """Return a function that gives a client's environment and says what it downloads."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", end=" ", flush=True)

    def made(client: str) -> Environment:
        if why := beyond_reach(client):
            pytest.skip(why)
        return environment_of(client, say)

    return made


def _filled(lake: Lake, receiver: str) -> dict[str, Any]:
    """Send two applications' data, put it into tables, send two more's; return what is there."""
    begin = datetime.now(UTC)
    shop_stored, clock_stored = _shop(receiver), clockwork.send(receiver)
    tables = TableCache()
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    rows = 0
    # A transaction that is open anywhere in this Postgres keeps blocks from settling for a moment.
    while rows < shop.LOGS + len(clockwork.TEXTS):
        assert time.monotonic() < deadline, "the data did not settle"
        reports = [materialize(lake, view, tables) for view in VIEWS if view.scope == "global"]
        rows += reports[0].rows
    return {
        "begin": begin.isoformat(),
        "shop": {"stored": shop_stored, "tail": _shop(receiver)},
        "clockwork": {"stored": clock_stored, "tail": clockwork.send(receiver)},
        "end": datetime.now(UTC).isoformat(),
        "shop_counts": {"logs": shop.LOGS, "measures": shop.MEASURES, "spans": shop.SPANS},
        "clockwork_rows": clockwork.rows(),
        "every_type": (HERE / "every_type.sql").read_text(),
        "fails_late": (HERE / "fails_late.sql").read_text(),
    }


def _certified(folder: Path) -> dict[str, str]:
    """Make a certificate for this machine and an authority; return the settings that use it."""
    authority = Authority("interop")
    pair = authority.pair()
    files = {"ca.pem": authority.pem, "tls.crt": pair.certificate, "tls.key": pair.key}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {
        "LIMNO_QUERY_TLS_CERT_FILE": str(folder / "tls.crt"),
        "LIMNO_QUERY_TLS_KEY_FILE": str(folder / "tls.key"),
    }


def _shop(receiver: str) -> str:
    told = {"LIMNO_INGEST_URI": receiver, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, shop.__file__],
        env=os.environ | told,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    ).stdout.strip()


@contextmanager
def _orchestration(lake: Lake) -> Iterator[None]:
    """Do what is asked of Dagster, in a thread, while this is open."""
    stop = Event()

    def work() -> None:
        while not stop.wait(0.2):
            with lake.connection() as conn:
                for request in open_requests(conn):
                    move(conn, request.request_id, "running", "begun")
                    move(
                        conn, request.request_id, "done", f"done: {_done(lake, request.wish)} rows"
                    )

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _done(lake: Lake, wish: Wish) -> int:
    """Carry a wish out; returns the rows that were written."""
    view, tables = view_named(wish.view), TableCache()
    if wish.action == "materialize":
        return materialize(lake, view, tables).rows
    hours = int((wish.end - wish.begin) / HOUR)
    slices = [Slice(wish.begin + HOUR * number) for number in range(hours)]
    return rebuild(lake, view, tables, slices).rows
