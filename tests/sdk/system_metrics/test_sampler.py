"""What becomes of the readings: rows of measures, on by default, and off when told."""

import os
import sys
import time

import pytest

import limnograph
from limnograph import log
from limnograph.limits import Limits
from limnograph.settings import checked
from limnograph.system_metrics import Sampler
from limnograph.testing import capture
from tests.sdk.peer import Peer

TARGET = "limnograph.system_metrics"


def test_a_look_gives_totals_first_and_increases_then() -> None:
    """
    The sum of what grows is the total; what stands is told as it stands.
    """
    with capture() as captured:
        sampler = Sampler()
        time.sleep(0.01)
        sampler.sample()
        deadline = time.process_time() + 0.05
        while time.process_time() < deadline:
            pass
        sampler.sample()
        cpu = [one for one in captured.metrics if one.name == "process.cpu.time"]
        total = sum(one.value for one in cpu)
        used = sum(os.times()[:2])
        assert 0.05 <= total <= used + 0.02
        assert {one.properties["cpu.mode"] for one in cpu} <= {"user", "system"}
        assert {one.target for one in captured.metrics} == {TARGET}
        assert {one.unit for one in cpu} == {"s"}
        shares = captured.values("process.cpu.utilization")
        assert len(shares) == 2
        assert all(0 <= share <= 1.5 for share in shares)
        if sys.platform == "linux":
            assert all(value > 1_000_000 for value in captured.values("process.memory.usage"))
            assert len(captured.values("process.memory.usage")) == 2


def test_sample_looks_once_now() -> None:
    """
    For programs that want to know at a moment of their choice.
    """
    with capture() as captured:
        limnograph.system_metrics.sample()
        assert len(captured.values("process.thread.count")) == 1


@pytest.mark.parametrize(
    ("argument", "variable", "on"),
    [
        (None, None, True),
        (None, "0", False),
        (None, "1", True),
        (False, "1", False),
        (True, "0", True),
    ],
)
def test_it_is_on_unless_told_otherwise(
    argument: bool | None, variable: str | None, on: bool
) -> None:
    """
    The argument wins over LIMNO_SYSTEM_METRICS.
    """
    environ = {} if variable is None else {"LIMNO_SYSTEM_METRICS": variable}
    rest = dict.fromkeys(
        ("service", "endpoint", "properties", "level", "api_key", "state_dir", "spool_dir",
         "last_words", "on_sigterm")
    )  # fmt: skip
    found = checked(environ, system_metrics=argument, flush_interval_s=1.0, limits=Limits(), **rest)
    assert found.system_metrics is on


def test_a_session_looks_when_it_is_time_and_at_its_end(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    On the flush thread, from the first event on.
    """
    monkeypatch.setattr("limnograph.session.Sampler", lambda: Sampler(interval_s=0.01))
    assert limnograph.init("shop", peer.uri, flush_interval_s=0.01)
    failures = limnograph.stats().failures
    log.info("the first event")
    deadline = time.monotonic() + 30
    while len(ours(peer, "process.cpu.utilization")) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert limnograph.shutdown(10)
    assert limnograph.stats().failures == failures
    assert ours(peer, "process.cpu.time")


def test_a_short_run_is_not_looked_at(peer: Peer) -> None:
    """
    A script of a second leaves its own events and nothing else.
    """
    assert limnograph.init("shop", peer.uri)
    log.info("short")
    assert limnograph.shutdown(10)
    assert peer.rows("metrics") == []


def ours(peer: Peer, name: str) -> list[float]:
    """Return the values of a metric that have arrived."""
    return [row["value"] for row in peer.rows("metrics") if row["name"] == name]
