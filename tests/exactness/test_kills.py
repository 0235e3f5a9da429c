"""SIGKILL at random moments, under load: nothing acknowledged is lost, nothing is doubled."""

import random
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.soak.kills import run
from benchmarks.soak.lakes import killable_lake
from stack.postgres import EmbeddedPostgres

ROUNDS = 8


@pytest.mark.slow
def test_killing_receiver_and_materializer_loses_and_doubles_nothing(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """
    What a client heard 200 for is in every later answer, once, whatever was killed when.
    """
    seed = random.SystemRandom().getrandbits(32)
    with ExitStack() as exits:
        lake = killable_lake(postgres_server, tmp_path, exits)
        survived = run(lake, go_on=lambda rounds: rounds < ROUNDS, seed=seed)
    assert survived.kills >= ROUNDS, f"seed {seed}"
    assert survived.events > 0, f"seed {seed}: the clients never got through"
