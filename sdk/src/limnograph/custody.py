"""
Where requests wait: in memory and in a file against a crash, or on disk while the receiver is away.

Rule: every request that was built is in the outbox, in a file for the next start, or counted as
lost.
"""

import os
from collections.abc import Sequence
from contextlib import suppress

from limnograph import last_will, losses, places, recorder
from limnograph.keeping import Keeper
from limnograph.limits import STATE_BYTES_MAX, Limits
from limnograph.losses import Losses
from limnograph.notices import Notices
from limnograph.outbox import Outbox
from limnograph.outgoing import Outgoing
from limnograph.settings import NO_STATE, Settings
from limnograph.wire.envelope import Process


class Custody:
    """The requests of one process from being built to being settled."""

    def __init__(
        self,
        settings: Settings,
        process: Process,
        outbox: Outbox,
        lost: Losses,
        notices: Notices,
    ) -> None:
        self._limits: Limits = settings.limits
        self._process, self._outbox, self._losses = process, outbox, lost
        service, process_id = settings.service, process.process_id
        self.roots = (_state_root(settings.state_dir), _absolute(settings.spool_dir))
        state_root, spool_root = self.roots
        self._how_far = places.BEGUN
        self._state = Keeper(state_root, service, process_id, "state directory", notices)
        self._spool = Keeper(spool_root, service, process_id, "spool directory", notices)

    def begin(self) -> str:
        """Make the directory against a crash; return its path, "" without one."""
        self._state.write_text(last_will.FILE, last_will.written(self._process))
        return self._state.place.path if self._state.place is not None else ""

    def take(self, requests: Sequence[Outgoing], log_rows: int, *, away: bool) -> None:
        """
        Queue what was recorded up to one moment.

        Args:
            requests: Just built.
            log_rows: Events of the log up to and with them.
            away: Whether the receiver does not answer at present.
        """
        if not requests:
            return
        cursor = [piece for request in requests for piece in request.cursor]
        for before in range(len(requests) - 1, -1, -1):
            # Without a cursor no memory has the rows, and a request alone is better than none.
            held = before if cursor else 0
            self._state.keep(requests[-1 - before], () if before else cursor, held)
        for request in requests:
            if request.file is not None:
                with suppress(OSError):  # a recovery shows it; we know it by either name
                    request.file.show()
        # Before any can be sent: an acknowledged request has no file that tells a recovery of it.
        recorder.settle(cursor)
        self.recorded(log_rows)
        for request in requests:
            self._offer(request, away=away)

    def _offer(self, request: Outgoing, *, away: bool) -> None:
        disk_bytes_max = None
        if (away or self._outbox.crowded()) and self._move_to_disk(request):
            request.body = None
            disk_bytes_max = self._spool.share(self._limits.spool_bytes_max)
        for dropped in self._outbox.offer(request, disk_bytes_max):
            reason = losses.SPOOL_FULL if dropped.on_disk else losses.OUTBOX_FULL
            self._losses.add(dropped, reason)
            dropped.release()

    def recorded(self, log_rows: int) -> None:
        """Note that something was recorded, so that an end without a farewell is one."""
        self._how_far = places.RECORDED
        self.alive(log_rows)

    def alive(self, log_rows: int) -> None:
        """Note that the process lives, for whoever finds it dead."""
        self._state.mark(self._how_far, log_rows)

    def close(self, log_rows: int) -> int:
        """Leave what was not settled to the next start; return its events."""
        kept = 0
        for request in self._outbox.take_all():
            if self._leave(request):
                kept += request.events
            else:
                self._losses.add(request, losses.EXIT)
                request.release()
        for keeper in (self._state, self._spool):
            keeper.mark(places.ENDED, log_rows)
            keeper.close()
        return kept

    def abandon(self) -> None:
        """Let go, in the child of a fork, of what is the parent's."""
        self._state.abandon()
        self._spool.abandon()

    def _leave(self, request: Outgoing) -> bool:
        """Make sure that the request is in a file, on disk if it may be there."""
        if request.on_disk:
            return True
        free = self._spool.room(self._limits.spool_bytes_max)
        if free >= request.size and self._move_to_disk(request):
            return True
        return request.file is not None and self._state.room(STATE_BYTES_MAX) >= 0

    def _move_to_disk(self, request: Outgoing) -> bool:
        """Keep the request on disk instead of in memory; False when it stays where it is."""
        in_memory = request.file
        if not self._spool.keep(request):
            return False
        if in_memory is not None:
            in_memory.remove()
        return True


def _state_root(state_dir: str) -> str:
    if state_dir == NO_STATE:
        return ""
    return _absolute(state_dir) or places.default_root()


def _absolute(path: str) -> str:
    return os.path.abspath(path) if path else ""  # noqa: PTH100 - pathlib is slow to import
