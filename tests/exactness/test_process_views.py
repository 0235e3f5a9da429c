"""The invariant for views kept per process, with spans that have not ended yet."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.soak.lakes import fresh_lake
from benchmarks.soak.process_views import machine_on
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres

EXAMPLES = 8
STEPS = 40


@pytest.mark.slow
def test_every_query_shows_each_span_once_open_or_ended(
    postgres_server: EmbeddedPostgres, tmp_path: Path, workers: WorkerPool
) -> None:
    """
    Whatever arrives late, out of order or twice, and whatever is built, rebuilt or retired.
    """
    run_state_machine_as_test(
        machine_on(lambda exits: fresh_lake(postgres_server, tmp_path, exits, workers=workers)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
