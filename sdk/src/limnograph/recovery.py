"""
Sending what ended processes of the same service left: their requests, and how they ended.

Rule: what is done for a dead process can be done again. Its directory goes when the receiver has
decided on all of its requests; until then each further start finds the same bytes and ids.
"""

import time
from collections.abc import Callable, Sequence

from limnograph import places
from limnograph.limits import (
    RECOVERY_AGE_S_MAX,
    RECOVERY_BYTES_MAX,
    RECOVERY_INTERVAL_S,
    RECOVERY_PROCESSES_MAX,
    Limits,
)
from limnograph.notices import Notices
from limnograph.outbox import Outbox
from limnograph.outgoing import Outgoing
from limnograph.places import Place
from limnograph.request_files import SUFFIX, RequestFile
from limnograph.testament import execute


class _Estate:
    """A dead process's directory while its requests are sent."""

    def __init__(self, place: Place, requests: int) -> None:
        self._place, self._left, self._ours = place, requests, True

    def one_less(self) -> None:
        """Take note that one request is settled; with the last one the directory goes."""
        self._left -= 1
        if self._left == 0 and self._ours:
            self.remove()

    @property
    def done(self) -> bool:
        """Whether nothing is left of it."""
        return self._left == 0

    def remove(self) -> None:
        try:
            self._place.remove()
        except OSError:  # the next start tries again
            self._place.abandon()

    def leave(self) -> None:
        """Unlock it for the next start."""
        self._ours = False
        self._place.leave()


class Recovery:
    """
    Takes over what is found below some roots: at the start, and now and then while we run.

    The latter for children that a process forked and that ended without a word: nobody may start
    for long, and each leaves a directory in memory.
    """

    def __init__(
        self,
        roots: Sequence[str],
        service: str,
        limits: Limits,
        outbox: Outbox,
        notices: Notices,
    ) -> None:
        self._roots, self._service = [root for root in roots if root], service
        self._limits, self._outbox, self._notices = limits, outbox, notices
        self._estates: list[_Estate] = []
        self._due_s = 0.0
        self.processes = 0

    def run(self) -> None:
        """Queue the requests of dead processes, behind those of this one."""
        self._due_s = time.monotonic() + RECOVERY_INTERVAL_S
        self._estates = [estate for estate in self._estates if not estate.done]
        for root in self._roots:
            left = self._left_below(root)
            for path, size in self._over_bounds(left):
                self._with_claim(path, lambda place: self._give_up(place, "too much"))
                left.remove((path, size))
            for path, _ in left:
                if len(self._estates) < RECOVERY_PROCESSES_MAX:
                    self._with_claim(path, self._adopt)

    def run_if_due(self) -> None:
        """Do so again when RECOVERY_INTERVAL_S have passed."""
        if time.monotonic() >= self._due_s:
            self.run()

    def close(self) -> None:
        """Leave what is not sent yet to the next start; in the child of a fork, to the parent."""
        for estate in self._estates:
            estate.leave()
        self._estates = []

    def _is_for_us(self, place: Place) -> bool:
        """Make requests of whatever is there; False when nothing is left to send."""
        seen_s = place.marked().seen_s
        if time.time() - seen_s > RECOVERY_AGE_S_MAX:
            self._give_up(place, "too old")
            return False
        execute(place, self._limits, self._notices)
        if not place.files(SUFFIX):
            place.remove()
            return False
        return True

    def _left_below(self, root: str) -> list[tuple[str, int]]:
        """Return the directories with something to send, oldest first, and its bytes."""
        left = []
        for place in places.dead(root, self._service):
            try:
                if self._is_for_us(place):
                    left.append((place.path, place.size(SUFFIX)))
                    place.leave()
            except (OSError, ValueError, TypeError, KeyError) as exc:
                self._notices.once("recovery", f"cannot recover {place.path}: {exc}")
                place.abandon()
        return left

    def _over_bounds(self, left: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Return the oldest, without which the others keep within the bounds."""
        total = 0
        for at, (_, size) in enumerate(reversed(left)):
            total += size
            if total > RECOVERY_BYTES_MAX:
                return left[: len(left) - at]
        return []

    def _with_claim(self, path: str, action: Callable[[Place], None]) -> None:
        """Do something with a directory unless another starter has taken it meanwhile."""
        place = places.claim(path)
        if place is not None:
            try:
                action(place)
            except OSError as exc:
                self._notices.once("recovery", f"cannot recover {path}: {exc}")
                place.abandon()

    def _adopt(self, place: Place) -> None:
        paths = place.files(SUFFIX)
        estate = _Estate(place, len(paths))
        if not paths:
            estate.remove()
            return
        self._estates.append(estate)
        self.processes += 1
        for path in paths:
            self._outbox.adopt(Outgoing(None, file=RequestFile(path, estate.one_less)))

    def _give_up(self, place: Place, why: str) -> None:
        count = len(place.files(SUFFIX))
        self._notices.once(f"recovery {why}", f"removing {place.path}: {count} requests {why}")
        place.remove()
