"""The lag of a real event loop: measured, and the loop is left as it was."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvloop

from limnograph.integrations import event_loop
from tests.sdk.integrations.sent import measures
from tests.sdk.peer import Peer


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = [vars(kind).get("run_forever") for kind in (asyncio.BaseEventLoop, uvloop.Loop)]
    yield
    event_loop.uninstrument()
    after = [vars(kind).get("run_forever") for kind in (asyncio.BaseEventLoop, uvloop.Loop)]
    assert after == before


async def hold(seconds: float) -> None:
    """Let the loop run its timers, hold it, let it run them again."""
    await asyncio.sleep(0.05)
    time.sleep(seconds)  # noqa: ASYNC251 - the fault that is to be seen
    await asyncio.sleep(0.05)


def test_a_loop_that_is_held_is_late(sdk: Peer) -> None:
    """
    The longest lag is about as long as the loop was held.
    """

    async def main() -> None:
        watch = event_loop.watch(interval_s=0.01)
        await hold(0.2)
        watch.stop()
        watch.stop()

    asyncio.run(main())
    rows = measures(sdk, "asyncio.loop.lag")
    assert len(rows) >= 2
    assert max(row["value"] for row in rows) >= 0.15
    assert min(row["value"] for row in rows) >= 0
    assert rows[0]["unit"] == "s"


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_every_loop_of_the_process_can_be_watched(
    sdk: Peer, factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    asyncio's and uvloop's alike, each until it ends.
    """
    real = event_loop.watch
    monkeypatch.setattr(event_loop, "watch", lambda loop: real(loop, 0.01))
    event_loop.instrument()
    event_loop.instrument()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(hold(0.1))
    rows = measures(sdk, "asyncio.loop.lag")
    assert max(row["value"] for row in rows) >= 0.05
    event_loop.uninstrument()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(hold(0.0))
    assert len(measures(sdk, "asyncio.loop.lag")) == len(rows)


def test_a_loop_runs_on_when_nothing_is_recorded() -> None:
    """
    The timer goes on without a recorder.
    """
    event_loop.instrument()
    asyncio.run(hold(0.0))
