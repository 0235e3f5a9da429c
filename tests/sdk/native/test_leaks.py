"""Nothing stays behind, whatever is recorded: a short form of ``sdk/check_native.sh leaks``."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_no_way_to_record_leaves_memory_behind() -> None:
    """
    F-strings, keys that are never the same, mistakes, threads, tasks, forks: 3,000 rounds of each.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.sdk.native.leaks", "--repeats", "15"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
