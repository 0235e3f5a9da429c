"""The two recorders behave the same: what tests one tests the other, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from limnograph import recorder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NOT_RECORDING = (
    "cli",
    "client",
    "csrc",
    "packaging",
    "wire",
    "test_typing.py",
    Path(__file__).name,
)
"""What of this directory does not depend on the recorder, and this file itself."""

SECONDS_MAX = 1700


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not recorder.NATIVE, reason="there is no other recorder, only that in Python")
def test_every_test_of_recording_holds_for_the_recorder_in_python() -> None:
    """
    The fallback is what records where there is no compiler, so it must keep every promise.
    """
    ignored = [f"--ignore={HERE / name}" for name in NOT_RECORDING]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(HERE), *ignored],
        cwd=ROOT,
        env={**os.environ, "LIMNO_RECORDER": "python"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == 0, done.stdout[-8000:]
