"""A build of one process takes the memory of its commits, however many spans the process has."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assets.storage.lake import Lake
from benchmarks.soak.sender import Sender
from benchmarks.soak.writers import Writers
from benchmarks.spans.made import SPANS_PER_BLOCK, blocks, calls, sender

PROGRAM = Path(__file__).with_name("building_program.py")
ROOT = Path(__file__).resolve().parents[3]
SPANS = 600_000
COMMIT_ROWS = 2 * SPANS_PER_BLOCK
BUDGET_BYTES = 200 * 2**20
"""What commits of COMMIT_ROWS may take beyond what one of a block has taken: half as much again."""


@pytest.fixture
def processes(lake: Lake, database_url: str) -> list[str]:
    """Return a process with a block of spans and two with SPANS, each block acknowledged alone."""
    few, many = calls(SPANS_PER_BLOCK, 1, 100), calls(SPANS, 1, 5_000)
    assert SPANS - SPANS_PER_BLOCK < len(many.id) <= SPANS
    writers = Writers(database_url, lake.objects)
    made = []
    for spans in (few, many, many):
        of: Sender = sender()
        made.append(of.process.process_id)
        for block in blocks(of, spans, of_coroutines=True):
            writers.commit_now(of, [block], streams=block.header.object_offset == 0)
    writers.close()
    return made


def built(lake: Lake, database_url: str, *what: str) -> Any:
    """Build in another process; return what it tells."""
    told = subprocess.run(
        [sys.executable, str(PROGRAM), database_url, lake.root_uri, *what],
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "sdk" / "src")))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return json.loads(told.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize(("view", "rows"), [("thread_spans", 1), ("async_events", 2)])
def test_the_memory_of_a_build_is_that_of_a_commit(
    lake: Lake, database_url: str, processes: list[str], view: str, rows: int
) -> None:
    """
    As the system tells the peak of the process that builds. One commit of the same spans takes
    more than that, so a build that is not sliced would be noticed.
    """
    few, one, other = processes
    sliced = built(lake, database_url, view, few, one, str(COMMIT_ROWS))
    at_once = built(lake, database_url, view, few, other, str(SPANS))
    assert (sliced["commits"], at_once["commits"]) == (SPANS // COMMIT_ROWS, 1)
    assert sliced["rows"] == at_once["rows"] > rows * (SPANS - SPANS_PER_BLOCK)
    assert sliced["more_bytes"] < BUDGET_BYTES < at_once["more_bytes"], (sliced, at_once)
