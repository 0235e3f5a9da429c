"""
``python -m benchmarks.maintenance [--quick]``: queries while all maintenance goes on beside them.

Ten million events over 72 hourly slices. A client asks with nothing else running, then while late
events arrive and programs of their own materialize, rebuild, compact, merge days and vacuum.
Every answer is held against what was acknowledged; one wrong answer ends the benchmark. Compaction
is measured beside deltalake's own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from pyarrow import flight

from assets.materialize import materialize
from assets.plan import Budget
from assets.storage.lake import Lake, open_lake
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from benchmarks.maintenance.asking import Asker, Seconds, late_events
from benchmarks.maintenance.compacting import copied, ours, plain, z_ordered
from benchmarks.maintenance.events import HOUR_NS, HOURS, Ledger, block_of, new_ledger, set_back
from benchmarks.report_lines import Line, arguments, emit, percentile
from benchmarks.scratch_lake import ScratchLake, scratch_lake
from benchmarks.soak.sender import Sender
from benchmarks.soak.writers import Writers

VIEWS = ("log_entries", "log_stats")
EVENTS, EVENTS_QUICK = 10_080_000, 144_000
EVENTS_PER_BLOCK = 10_000
FILES_PER_HOUR = 4
SECONDS, SECONDS_QUICK = 80.0, 4.0
ENDS_WITHIN_S = 600.0


def main() -> None:
    """Measure and print."""
    quick = arguments(__doc__).quick
    seconds = SECONDS_QUICK if quick else SECONDS
    ledger = new_ledger(EVENTS_QUICK if quick else EVENTS)
    with scratch_lake() as lake, open_lake(lake.settings) as opened:
        fill(lake, opened, ledger)
        source = copied(lake.folder / "lake", view_named(VIEWS[0]), lake.folder / "source")
        with (
            lake.query() as service,
            flight.connect(f"grpc://127.0.0.1:{service.ports['flight']}") as client,
        ):
            asker = Asker(client, ledger)
            asker.ask_for(lambda so_far: so_far < seconds / 10)  # caches and imports
            idle = asker.ask_for(lambda so_far: so_far < seconds / 2)
            with (
                late_events(lake.settings.database_url, opened.objects, ledger),
                working(lake, "increments") as added,
                working(lake, "behind") as done,
            ):
                busy = asker.ask_for(lambda so_far: so_far < seconds)
            # Before and after: a machine that others use as well is not the same for minutes.
            for name, more in asker.ask_for(lambda so_far: so_far < seconds / 2).items():
                idle[name] += more
            conditions = {"events": ledger.acknowledged, "answers": asker.answers}
        work = {**done, "increments": added["increments"]}
        report_queries(idle, busy, conditions | work)
        report_compaction(opened, source, HOURS * ledger.hourly)


def fill(lake: ScratchLake, opened: Lake, ledger: Ledger) -> None:
    """Store the events as over three days, and materialize them in several files an hour."""
    writers, sender = Writers(lake.settings.database_url, opened.objects), Sender(count(1))
    size = min(EVENTS_PER_BLOCK, max(1, ledger.hourly // FILES_PER_HOUR))
    try:
        for hour in range(HOURS):
            begin = ledger.begin_ns + hour * HOUR_NS
            step = HOUR_NS * size // ledger.hourly
            for at, first in enumerate(range(0, ledger.hourly, size)):
                begins = begin + at * step
                number = hour * ledger.hourly + first + 1
                block = block_of(sender, number, size, begins, begins + step)
                # Each in a transaction of its own: a commit takes all blocks of one, or none.
                writers.commit_now(sender, [block], streams=number == 1)
    finally:
        writers.close()
    ledger.sent = ledger.acknowledged = HOURS * ledger.hourly
    set_back(lake.settings.database_url)
    tables, budget = TableCache(), Budget(ledger.hourly // FILES_PER_HOUR, 2**30)
    for name in VIEWS:
        materialize(opened, view_named(name), tables, budget=budget)


@contextmanager
def working(lake: ScratchLake, kind: str) -> Iterator[dict[str, Any]]:
    """Run a program of ``work`` beside the block; what it says about itself is known afterwards."""
    environment = {
        **os.environ,
        "LIMNO_DATABASE_URL": lake.settings.database_url,
        "LIMNO_ROOT_URI": lake.settings.root_uri,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.maintenance.work", kind, *VIEWS],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None, "it is a pipe"
    assert process.stdout.readline() == "working\n", f"{kind} did not start"
    told: dict[str, Any] = {}
    try:
        yield told
    finally:
        output, _ = process.communicate("", timeout=ENDS_WITHIN_S)
    assert process.returncode == 0, f"{kind} failed: its error stands above"
    told.update(json.loads(output.splitlines()[-1]))


def report_queries(idle: Seconds, busy: Seconds, conditions: dict[str, Any]) -> None:
    """Print each question's latencies during maintenance beside those before."""
    peer = "the same question with nothing else going on"
    for percent in (50, 99):
        for name in idle:
            emit(
                Line(
                    name=f"maintenance.{name}_p{percent}",
                    value=1000 * percentile(busy[name], percent),
                    unit="ms",
                    peer=peer,
                    peer_value=1000 * percentile(idle[name], percent),
                    conditions=conditions | {"asked": len(busy[name]), "idle": len(idle[name])},
                )
            )


def report_compaction(lake: Lake, source: Path, rows: int) -> None:
    """Print what merging small files costs a row."""
    view = view_named(VIEWS[0])
    folder = source.parent
    found = ours(lake, view, copied(source, view, folder / "ours"))
    peers = {
        "deltalake: optimize.compact, rows not sorted": plain(
            view, copied(source, view, folder / "plain")
        ),
        "deltalake: optimize.z_order by process and time": z_ordered(
            view, copied(source, view, folder / "z")
        ),
    }
    conditions: dict[str, Any] = {
        "rows": rows,
        "mb_per_s": found.before / 1e6 / found.seconds,
        "mb": found.before / 1e6,
        "mb_after": found.after / 1e6,
    }
    for peer, theirs in peers.items():
        emit(
            Line(
                name="maintenance.compaction",
                value=1e6 * found.seconds / rows,
                unit="us/row",
                peer=peer,
                peer_value=1e6 * theirs.seconds / rows,
                conditions=conditions | {"peer_mb_after": theirs.after / 1e6},
            )
        )


if __name__ == "__main__":
    main()
