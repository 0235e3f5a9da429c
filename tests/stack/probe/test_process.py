"""The probe as a process of its own, at the doors of real services."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

import limnograph
from assets.storage.metadata.probe_results import probe_results
from assets.views.thread_spans import THREAD_SPANS
from stack.probe.questions import PROGRAM, QUESTIONS
from tests.app.processes import SERVICES, lake_environ, start

ROOT = Path(__file__).resolve().parents[3]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def doors(database_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start a receiver and a query service; return the environment of a probe for them."""
    environ = lake_environ(database_url, tmp_path / "lake")
    addresses: dict[str, str] = {}
    with ExitStack() as running:
        for module in SERVICES:
            addresses |= start(module, environ | {"LIMNO_QUERY_TELEMETRY_URI": ""}, running)
        yield environ | {
            "LIMNO_INGEST_URI": addresses["ingest"],
            "LIMNO_QUERY_URI": addresses["flight"],
        }


def once(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one round."""
    return subprocess.run(
        [sys.executable, "-m", "stack.probe", "--once"],
        check=False,
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )


def test_a_round_at_real_doors_finds_its_events(doors: dict[str, str], database_url: str) -> None:
    """
    In every view; the results stand in Postgres, and its rows are told from all others.
    """
    done = once(doors)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok      ") == len(QUESTIONS)
    with psycopg.connect(database_url, autocommit=True) as conn:
        for view in QUESTIONS:
            (result,) = probe_results(conn, view, LONG_AGO)
            assert result.is_well, view
    with limnograph.connect(doors["LIMNO_QUERY_URI"]) as client:
        others = "SELECT count(*) FROM log_entries WHERE process_properties['service'] <> :probe"
        assert client.query(others, params={"probe": PROGRAM}).scalar() == 0
        rows = client.query("SELECT view, sequence, visible_after FROM probe_rounds").rows()
        assert {view for view, _, _ in rows} == set(QUESTIONS)
        assert all(sequence == 1 and after > 0 for _, sequence, after in rows)
    assert THREAD_SPANS.name in QUESTIONS


def test_without_its_addresses_it_says_which_are_missing() -> None:
    """
    It does not guess where the lake may be.
    """
    environ = {name: value for name, value in os.environ.items() if "LIMNO" not in name}
    done = once(environ)
    assert done.returncode == 2
    assert "LIMNO_DATABASE_URL, LIMNO_INGEST_URI, LIMNO_QUERY_URI" in done.stderr
