"""What a type checker sees of the functions that applications call."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from typing import assert_type

import limnograph
from limnograph.trace_span import TraceSpan

assert_type(limnograph.trace("GET /cart", kind="server", user=7), TraceSpan)
with limnograph.trace("GET /cart") as current:
    assert_type(current, TraceSpan)

@limnograph.trace("nightly")
def report(day: int) -> str:
    return str(day)

@limnograph.trace
async def charge(cents: int) -> bool:
    return cents > 0

assert_type(report(1), str)

async def pay() -> None:
    assert_type(await charge(1), bool)
    async with limnograph.trace("pay") as current:
        current.set(cents=1)

limnograph.trace("x", kind="sever")  # type: ignore[call-overload]
"""


def test_spans_keep_the_types_of_what_they_decorate(tmp_path: Path) -> None:
    """
    Decorated functions keep their signature, and a wrong kind is a mistake.
    """
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir",
         str(tmp_path / "cache"), "--follow-imports=silent", str(program)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
