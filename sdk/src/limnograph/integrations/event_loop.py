"""
How late an asyncio loop runs what is due: the metric ``asyncio.loop.lag``, in seconds.

    limnograph.integrations.event_loop.watch()          # inside the loop
    limnograph.integrations.event_loop.instrument()     # every loop of the process

A timer is due each interval; by how much it comes late is what any other callback waits, too,
because something holds the loop.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from limnograph import faults, metric
from limnograph.integrations.operation import recording
from limnograph.integrations.patches import Patches
from limnograph.limits import LOOP_LAG_INTERVAL_S

_LAG = metric("asyncio.loop.lag", "s")
_PATCHES = Patches()


class Watch:
    """The timer of one loop; ``stop()`` ends it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, interval_s: float) -> None:
        self._loop, self._interval_s = loop, max(interval_s, 0.001)
        self._due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def start(self) -> None:
        """Set the timer; on the loop's thread."""
        if not self._stopped:
            self._due_s = self._loop.time() + self._interval_s
            self._timer = self._loop.call_at(self._due_s, self._tick)

    def stop(self) -> None:
        """Measure no more; on the loop's thread, or when the loop has ended."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        if recording():
            _LAG.record(max(0.0, self._loop.time() - self._due_s))
        self.start()


def watch(
    loop: asyncio.AbstractEventLoop | None = None, interval_s: float = LOOP_LAG_INTERVAL_S
) -> Watch:
    """
    Measure a loop's lag from now on.

    Args:
        loop: The loop; by default the one that runs here.
        interval_s: Seconds between two measurements.
    """
    found = Watch(loop or asyncio.get_running_loop(), interval_s)
    found._loop.call_soon_threadsafe(found.start)  # noqa: SLF001 - this module's own
    return found


def instrument() -> None:
    """Measure every loop that begins to run from now on: asyncio's, and uvloop's if imported."""
    kinds: list[Any] = [asyncio.BaseEventLoop]
    uvloop = sys.modules.get("uvloop")
    if uvloop is not None:
        kinds.append(uvloop.Loop)
    _PATCHES.apply(*((kind, "run_forever", _run_forever) for kind in kinds))


def uninstrument() -> None:
    """Put the loops' own methods back; a loop that runs is measured until it ends."""
    _PATCHES.revert()


def _run_forever(original: Callable[..., None]) -> Callable[..., None]:
    def run_forever(loop: asyncio.AbstractEventLoop) -> None:
        begun = _begin(loop) if _PATCHES.on else None
        try:
            original(loop)
        finally:
            if begun is not None:
                begun.stop()

    return run_forever


@faults.guarded
def _begin(loop: asyncio.AbstractEventLoop) -> Watch | None:
    return None if loop.is_closed() or loop.is_running() else watch(loop)
