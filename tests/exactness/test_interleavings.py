"""The invariant: every query equals what was acknowledged before it began, whatever else runs."""

import shutil
import tempfile
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from assets.storage.settings import LakeSettings
from benchmarks.soak.clock import MovableClock
from benchmarks.soak.interleaving import Opened, machine_on
from benchmarks.soak.maintenance import maintenance_of
from stack.postgres import EmbeddedPostgres

EXAMPLES = 12
STEPS = 40


@pytest.fixture
def fresh_lake(
    postgres_server: EmbeddedPostgres, migrated_template: str, tmp_path: Path
) -> Callable[[ExitStack], Opened]:
    """How to open a new lake for one example; it is gone when the example ends."""

    def open_one(exits: ExitStack) -> Opened:
        name = f"lake_{uuid.uuid4().hex}"
        with psycopg.connect(postgres_server.url(), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        exits.callback(_drop, postgres_server, name)
        root = Path(tempfile.mkdtemp(dir=tmp_path))
        exits.callback(shutil.rmtree, root)
        url = postgres_server.url(name)
        clock = MovableClock(url)
        opened = maintenance_of(LakeSettings(database_url=url, root_uri=root.as_uri()))
        return Opened(url, clock, exits.enter_context(opened))

    return open_one


def _drop(server: EmbeddedPostgres, name: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.slow
def test_every_query_equals_what_was_acknowledged_before_it(
    fresh_lake: Callable[[ExitStack], Opened],
) -> None:
    """
    Any interleaving of writers, duplicates, orphans, maintenance and passing hours: exactly once.
    """
    run_state_machine_as_test(
        machine_on(fresh_lake),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
