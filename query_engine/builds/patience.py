"""
What one query does about tables that lack what it reads: it waits for them, or decodes the tail.

Rule: the answer is the same. A query that waits plans again from new snapshots when it has waited,
so a row comes from the table or from the tail and never from both.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from assets.errors import CallerError
from assets.materialize import WantedSlices
from assets.storage.layout import Slice
from assets.storage.metadata.records import BlockRef
from assets.views.view import View
from query_engine.builds.builder import Builder
from query_engine.builds.filling import Filling
from query_engine.builds.modes import ON_DEMAND, OnDemand
from query_engine.cancel import CancelToken
from query_engine.limits import BUILD_WAIT_FRACTION

_STEP_S = 0.1
"""How often one who waits looks whether its own query was cancelled."""


class TableBehind(Exception):
    """A scan met a gap that is being filled, and its query wants to wait for that."""

    def __init__(self, filling: Filling) -> None:
        super().__init__(f"{filling.key} is being built")
        self.filling = filling


class Patience:
    """
    One query's; used by the thread that plans it.

    Args:
        mode: ``wait`` for what is being built, or read the ``tail`` at once.
        token: The query's; half of the time that is left at first is spent with waiting at most.
        reason: Which query it is, for those who see what it asked for.
        is_explained: Whether the query is only explained: then nothing is begun.

    Attributes:
        mode: What it does about the next gap.
    """

    def __init__(
        self,
        mode: OnDemand,
        token: CancelToken,
        reason: str = "a query",
        is_explained: Callable[[], bool] = lambda: False,
    ) -> None:
        self.mode: OnDemand = mode
        self._token, self._reason = token, reason
        self._is_explained = is_explained
        self._seen: set[tuple[str, Slice]] = set()
        self._until: float | None = None

    def look(
        self, builder: Builder, view: View, process_id: str, blocks: Sequence[BlockRef]
    ) -> None:
        """
        See to a tail that a scan is about to read, if it is a large one.

        Raises:
            TableBehind: It is to be waited for.
        """
        per_process = view.scope == "process"
        limit = builder.limits.process_bytes if per_process else builder.limits.global_bytes
        if sum(block.payload_size for block in blocks) <= limit:
            return
        if not per_process:
            # Hours that have only just passed are what the orchestration is at anyway.
            end = datetime.now(UTC) - timedelta(seconds=builder.limits.passed_seconds)
            passed = Slice.containing(end).start
            blocks = [block for block in blocks if block.insert_time < passed]
        size, slices = 0, set()
        for block in blocks:
            slice_ = Slice.containing(block.insert_time, process_id)
            if (view.name, slice_) not in self._seen:
                size += block.payload_size
                slices.add(slice_)
        if size <= limit or self._is_explained():
            return
        filling = builder.filling(WantedSlices(view, process_id, frozenset(slices)), self._reason)
        if filling is None or self.mode == "tail" or self._is_over():
            self._seen |= {(view.name, slice_) for slice_ in slices}
            return
        raise TableBehind(filling)

    def wait(self, filling: Filling) -> None:
        """
        Return when a filling has ended, or has been waited for long enough.

        Raises:
            LakeError: The query's token says that it must stop.
        """
        while not filling.ended and filling.attended and not self._is_over():
            self._token.check()
            filling.wait(_STEP_S)
        self._token.check()
        if filling.state != "done":
            self.mode = "tail"
        self._seen |= {(filling.gap.view.name, slice_) for slice_ in filling.gap.slices}

    def _is_over(self) -> bool:
        """Say whether the query has waited long enough; the rest of its time is for reading."""
        now = time.monotonic()
        if self._until is None:
            self._until = now + self._token.seconds_left * BUILD_WAIT_FRACTION
        return now >= self._until


def on_demand_of(text: str, what: str) -> OnDemand:
    """
    Return what a caller wants; *what* names the place where it said so.

    Raises:
        CallerError: It is neither of the two.
    """
    for known in ON_DEMAND:
        if text.lower() == known:
            return known
    raise CallerError(f"{what} is {' or '.join(ON_DEMAND)}, not {text!r:.50}")
