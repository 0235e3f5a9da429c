"""
Sending what ended processes of the same service left: their requests, and how they ended.

Rule: what is done for a dead process can be done again. Its directory goes when the receiver has
decided on all of its requests; until then each further start finds the same bytes and ids.
"""

import time
from collections.abc import Sequence

from limnograph import fault_text, last_will, places
from limnograph.limits import RECOVERY_AGE_S_MAX, RECOVERY_REQUESTS_MAX
from limnograph.notices import Notices
from limnograph.outbox import Outbox
from limnograph.outgoing import Outgoing
from limnograph.places import ENDED, RECORDED, Place
from limnograph.request_files import SUFFIX, RequestFile, write

_END_FILE = f"9999999999{SUFFIX}"


class _Estate:
    """A dead process's directory while its requests are sent."""

    def __init__(self, place: Place, requests: int) -> None:
        self._place, self._left = place, requests

    def one_less(self) -> None:
        """Take note that one request is settled; with the last one the directory goes."""
        self._left -= 1
        if self._left == 0:
            self.remove()

    def remove(self) -> None:
        try:
            self._place.remove()
        except OSError:  # the next start tries again
            self._place.abandon()

    def leave(self) -> None:
        """Unlock it for the next start."""
        self._place.leave()


class Recovery:
    """Takes over, once, what is found below some roots."""

    def __init__(
        self, roots: Sequence[str], service: str, outbox: Outbox, notices: Notices
    ) -> None:
        self._roots, self._service = [root for root in roots if root], service
        self._outbox, self._notices = outbox, notices
        self._estates: list[_Estate] = []
        self._requests = 0
        self.processes = 0

    def run(self) -> None:
        """Queue every request of every dead process, behind those of this one."""
        for root in self._roots:
            for place in places.dead(root, self._service):
                if self._requests >= RECOVERY_REQUESTS_MAX:
                    place.leave()
                    return
                try:
                    self._take(place)
                except (OSError, ValueError) as exc:
                    self._notices.once("recovery", f"cannot recover {place.path}: {exc}")
                    place.abandon()

    def close(self) -> None:
        """Leave what is not sent yet to the next start; in the child of a fork, to the parent."""
        for estate in self._estates:
            estate.leave()
        self._estates = []

    def _take(self, place: Place) -> None:
        how_far, log_rows, seen_s = place.marked()
        if time.time() - seen_s > RECOVERY_AGE_S_MAX:
            count = len(place.files(SUFFIX))
            self._notices.once("recovery age", f"removing {place.path}: {count} requests too old")
            place.remove()
            return
        if how_far == RECORDED:
            self._write_end(place, log_rows, seen_s)
        paths = place.files(SUFFIX)
        estate = _Estate(place, len(paths))
        if not paths:
            estate.remove()
            return
        self._estates.append(estate)
        self._requests += len(paths)
        self.processes += 1
        for path in paths:
            self._outbox.adopt(Outgoing(None, file=RequestFile(path, estate.one_less)))

    def _write_end(self, place: Place, log_rows: int, seen_s: float) -> None:
        with open(f"{place.path}/{last_will.FILE}", encoding="utf-8") as file:  # noqa: PTH123
            process = last_will.read(file.read())
        fault = fault_text.left_in(place.path)
        end = last_will.abnormal_end(process, log_rows, int(seen_s * 1e9), fault)
        assert end.body is not None, "it was made just now"
        write(f"{place.path}/{_END_FILE}", end.body, end.rows, end.blocks)
        place.mark(ENDED, log_rows + 1)
