"""The invariant: every query equals what was acknowledged before it began, whatever else runs."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.soak.interleaving import machine_on
from benchmarks.soak.lakes import fresh_lake
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres

EXAMPLES = 8
STEPS = 40


@pytest.mark.slow
def test_every_query_equals_what_was_acknowledged_before_it(
    postgres_server: EmbeddedPostgres,
    tmp_path: Path,
    workers: WorkerPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Any interleaving of writers, duplicates, orphans, maintenance and passing hours: exactly once.
    """
    # a writer stays open until the machine ends it: a drop that waits for it waits in vain
    monkeypatch.setattr("assets.storage.metadata.retention.DETACH_WAIT_S", 1.0)
    run_state_machine_as_test(
        machine_on(lambda exits: fresh_lake(postgres_server, tmp_path, exits, workers=workers)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
