"""Tracing stands on whatever recorder is at work: nesting, logs and exceptions inside it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from limnograph.recorder import NATIVE

RECORDERS = ["python", *(["c"] if NATIVE else [])]

MODULES = {
    "till/__init__.py": "",
    "till/pay.py": """
        import functools
        from limnograph import log, span

        class Till:
            def __init__(self): self.sum = 0
            @property
            def total(self): return self.sum
            @functools.cached_property
            def slow(self): return self.sum
            @classmethod
            def make(cls): return cls()
            @staticmethod
            def rate(): return 2
            def pay(self, n, *, twice=False):
                with span("by hand"):
                    log.info("paying %d", n)
                    self.sum += n * self.rate()
                return self

        async def later(till):
            return till.pay(1)

        def each():
            yield 1
            yield 2

        def fails(): raise ValueError("boom")
        """,
}

PROGRAM = """
import asyncio, inspect, sys
import limnograph
from limnograph.recorder import NATIVE
from limnograph.testing import capture

assert NATIVE == (sys.argv[1] == "c")
with capture() as captured:
    tracing = limnograph.trace_modules("till.*")
    from till import pay
    from till.pay import Till
    till = Till.make().pay(3, twice=True)
    assert (till.total, till.slow, till.slow) == (6, 6, 6)
    assert asyncio.run(pay.later(till)) is till
    assert list(pay.each()) == [1, 2]
    assert inspect.iscoroutinefunction(pay.later) and inspect.isgeneratorfunction(pay.each)
    assert list(inspect.signature(Till.pay).parameters) == ["self", "n", "twice"]
    try: pay.fails()
    except ValueError: pass
    names = sorted(one.name for one in captured.spans)
    assert names == sorted([
        "Till.make", "Till.__init__", "Till.pay", "by hand", "Till.rate", "Till.total",
        "Till.slow", "later", "Till.pay", "by hand", "Till.rate", "each", "fails",
    ]), names
    by_id = {one.id: one for one in captured.spans}
    parents = {(one.name, by_id[one.parent].name) for one in captured.spans if one.parent}
    assert parents == {
        ("Till.__init__", "Till.make"), ("by hand", "Till.pay"), ("Till.rate", "by hand"),
        ("Till.pay", "later"),
    }, parents
    assert captured.span("fails").failed
    inside = {by_id[int(one.properties["span_id"])].name for one in captured.logs}
    assert inside == {"by hand"}
    assert captured.span("each").target == "till.pay"
    tracing.stop()
    captured.clear()
    till.pay(1)
    assert [one.name for one in captured.spans] == ["by hand"]
    with limnograph.trace_modules("till.pay", min_duration_s=3600):
        till.pay(1)
    assert [one.name for one in captured.spans] == ["by hand", "by hand"]
    assert limnograph.stats().failures == 0, limnograph.stats()
"""


@pytest.mark.parametrize("recorder", RECORDERS)
def test_a_traced_program_records_what_it_does(tmp_path: Path, recorder: str) -> None:
    """
    The same spans from the recorder in C and from that in Python.
    """
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-B", "-c", PROGRAM, recorder],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LIMNO_RECORDER": recorder},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
