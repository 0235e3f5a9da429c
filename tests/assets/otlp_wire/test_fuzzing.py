"""A few seconds of fuzzing the readers in C under sanitizers; `assets/fuzz_native.sh` does more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SECONDS = "3"
NO_CLANG = 3


def test_a_few_seconds_of_fuzzing_find_nothing(tmp_path) -> None:
    """
    Every door, from generated messages on: nothing crashes, leaks, or reads what is not its own.
    """
    done = subprocess.run(
        [ROOT / "assets/fuzz_native.sh", SECONDS],
        env=os.environ
        | {"PYTHON": sys.executable, "FUZZ_FINDINGS": str(tmp_path), "FUZZ_INSTALL": "no"},
        cwd=ROOT, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    if done.returncode == NO_CLANG:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert done.stdout.count(" edges") == 9
