"""A platform with both demo shops' telemetry in it: what the pictures show."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import polars as pl

import limnograph
from assets.storage.metadata.migrate import migrate
from examples.otel_shop.payment import SLOW_S
from limnograph.client import Client
from stack.postgres import EmbeddedPostgres
from tests.app.processes import SERVICES, lake_environ, start
from tests.app.running_shop import run_shop
from tests.app.spans_page import questions

ORDERS = 40


@dataclass(frozen=True)
class Shown:
    """
    Where to ask, and what is looked at.

    Attributes:
        process_id: The web shop.
        mended_id: Another one, with the cause of its slow request mended.
        trace_id: The slow request of the first.
        begin: When that began, Unix ns.
        end: When it ended.
        order_id: The trace of a slow order of the three services, long after they have started.
    """

    lake: Client
    http: str
    process_id: str
    mended_id: str
    trace_id: str
    begin: int
    end: int
    order_id: str

    def ask(self, sql: str) -> pl.DataFrame:
        """Return the answer to a question."""
        return self.lake.query(sql).polars()

    def get(self, path: str) -> bytes:
        """Return what the HTTP door sends."""
        return httpx.get(f"{self.http}{path}", timeout=60).raise_for_status().content


@contextmanager
def with_both_shops() -> Iterator[Shown]:
    """Start everything, let the shops be open for some seconds; yields what was found."""
    root = Path(tempfile.mkdtemp(prefix="limnograph-pictures-"))
    root.chmod(0o711)  # Postgres runs as another account when this runs as root
    try:
        with ExitStack() as running:
            server = running.enter_context(EmbeddedPostgres(root / "postgres", durable=False))
            url = server.ensure_database("pictures")
            migrate(url)
            addresses: dict[str, str] = {}
            for module in SERVICES:
                addresses |= start(module, lake_environ(url, root / "lake"), running)
            shop, mended = (
                str(run_shop(addresses["ingest"], *options, seconds=8)["process_id"])
                for options in ((), ("--one-query",))
            )
            _run_services(addresses)
            lake = running.enter_context(limnograph.connect(addresses["flight"]))
            yield _found(lake, addresses["http"], shop, mended)
    finally:
        shutil.rmtree(root)


def _found(lake: Client, http: str, shop: str, mended: str) -> Shown:
    slow = questions()[0].replace("WHERE", f"WHERE process_id = '{shop}' AND")
    trace_id = lake.query(slow).polars()["trace_id"][0]
    ((begin, end),) = lake.query(
        "SELECT CAST(start_time AS BIGINT), CAST(end_time AS BIGINT) FROM otel_spans"
        f" WHERE trace_id = '{trace_id}' AND kind = 'SERVER'"
    ).rows()
    order_id = lake.query(
        "SELECT trace_id FROM otel_spans WHERE name = 'charge card'"
        f" AND duration > {SLOW_S * 1e9:.0f} ORDER BY start_time DESC LIMIT 1"
    ).polars()["trace_id"][0]
    return Shown(lake, http, shop, mended, trace_id, begin, end, order_id)


def _run_services(addresses: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.otel_shop", "--orders", str(ORDERS)],
        env={
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": addresses["ingest"],
            "LIMNO_QUERY_URI": addresses["flight"],
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1])["orders"] == ORDERS
