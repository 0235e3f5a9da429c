"""
``limnod probe``: the probe as a process of its own; ``limnod up`` keeps one running.

It needs neither Dagster nor the lake's storage: two public doors, and Postgres to say what it saw.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType

import psycopg

from assets.storage.metadata.probe_results import ProbeResult, record_probe
from stack.probe.doors import PublicDoors
from stack.probe.rounds import Rounds

DATABASE = "LIMNO_DATABASE_URL"
INGEST = "LIMNO_INGEST_URI"
QUERY = "LIMNO_QUERY_URI"


def main(argv: Sequence[str] | None = None) -> int:
    """Run rounds until stopped; with ``--once`` one, and 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m stack.probe", description=__doc__)
    parser.add_argument("--once", action="store_true", help="one round; exit code 1 if it fails")
    parser.add_argument("--interval", type=float, default=60.0, help="seconds between rounds")
    told = parser.parse_args(argv)
    missing = [name for name in (DATABASE, INGEST, QUERY) if not os.environ.get(name)]
    if missing:
        print(f"limnod: the probe needs {', '.join(missing)} to be set", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with PublicDoors(os.environ[INGEST], os.environ[QUERY]) as doors:
            rounds = Rounds(doors)
            if told.once:
                results = _round(rounds, print)
                return 0 if all(one.is_well for one in results) else 1
            while True:
                begun = time.monotonic()
                _round(rounds, _complain)
                time.sleep(max(told.interval - (time.monotonic() - begun), 0.0))
    except KeyboardInterrupt:
        return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def described(result: ProbeResult) -> str:
    """Return a line about what was seen."""
    if not result.is_well:
        return f"FAILED  {result.view:<14} {result.problem or 'not seen in time'}"
    return (
        f"ok      {result.view:<14} acknowledged after {result.acknowledged_after:.3f} s,"
        f" visible {result.visible_after:.3f} s later"
    )


def _round(rounds: Rounds, tell: Callable[[str], None]) -> list[ProbeResult]:
    results = rounds.next()
    for one in results:
        tell(described(one))
    try:
        with psycopg.connect(os.environ[DATABASE], autocommit=True) as conn:
            record_probe(conn, results)
    except psycopg.Error as exc:
        # The next round tries again; the check says that nothing was reported meanwhile.
        text = str(exc).strip().split("\n", 1)[0]
        print(f"ERROR what the probe saw is not kept: {text}", file=sys.stderr, flush=True)
    return results


def _complain(line: str) -> None:
    """Print what is not well, with the time: a log that says nothing else stays small."""
    if line.startswith("FAILED"):
        print(f"{datetime.now(UTC):%FT%TZ} ERROR {line}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
