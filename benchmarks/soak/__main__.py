"""
``python -m benchmarks.soak [--minutes N] [--seed S]``: the exactness tests, as long as one likes.

Half of the time any interleaving, half of it kills. Ends with exit code 1 at the first event that
is lost, doubled or invented, and prints one JSON object a line about what it went through.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.soak.interleaving import machine_on
from benchmarks.soak.kills import run
from benchmarks.soak.lakes import fresh_lake, killable_lake
from stack.postgres import EmbeddedPostgres

STEPS_PER_EXAMPLE = 80
EXAMPLES_PER_ROUND = 20


def main() -> int:
    """Run both parts; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long in all")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    given = parser.parse_args()
    half_s = given.minutes * 30
    with tempfile.TemporaryDirectory(prefix="limnograph-soak-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        with EmbeddedPostgres(root / "postgres", durable=True) as server:
            _interleave(server, root, time.monotonic() + half_s)
            _kill(server, root, time.monotonic() + half_s, given.seed)
    return 0


def _interleave(server: EmbeddedPostgres, root: Path, until: float) -> None:
    rounds = 0
    machine = machine_on(lambda exits: fresh_lake(server, root, exits))
    while rounds == 0 or time.monotonic() < until:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES_PER_ROUND,
                stateful_step_count=STEPS_PER_EXAMPLE,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        rounds += 1
        _say("interleavings", examples=rounds * EXAMPLES_PER_ROUND, steps=STEPS_PER_EXAMPLE)


def _kill(server: EmbeddedPostgres, root: Path, until: float, seed: int) -> None:
    with ExitStack() as exits:
        lake = killable_lake(server, root, exits)
        survived = run(
            lake, go_on=lambda rounds: rounds == 0 or time.monotonic() < until, seed=seed
        )
    _say("kills", seed=seed, **asdict(survived))


def _say(name: str, **facts: object) -> None:
    print(json.dumps({"name": name, **facts}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
