"""The first event of a process, alone in its block, arrives like any other."""

import subprocess
import sys

import pytest

pytest.importorskip("limnograph._recorder")

PROGRAM = """
import sys, time
from limnograph import _recorder

_recorder.start(6, 1000, 1 << 20, None, None)
{call}
(block,) = _recorder.drain(time.monotonic_ns(), time.time_ns())
assert (block[0], block[4]) == {expected!r}, block
assert _recorder.failures() == 0
"""


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("_recorder.LOG.info('first')", "log"),
        ("_recorder.LOG.info('%d', 1, a=2)", "log"),
        ("_recorder.metric('first').record(1)", "metrics"),
        ("_recorder.counter('first').inc()", "metrics"),
        ("_recorder.gauge('first').set(0)", "metrics"),
    ],
)
def test_the_first_event_of_a_process_arrives(call: str, kind: str) -> None:
    """
    Nothing has been packed before it, so every buffer is made for it.
    """
    program = PROGRAM.format(call=call, expected=(kind, 1))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
