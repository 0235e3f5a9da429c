"""
Requests in files until they are settled: in memory against a crash, on disk against an outage.

Rule: a directory that does not work costs what it was for and nothing else: it is said once, and
requests go on in memory.
"""

from limnograph import places
from limnograph.notices import Notices
from limnograph.outgoing import Outgoing
from limnograph.places import Place, Unusable
from limnograph.recorder import Cursor
from limnograph.remains import MEMORY
from limnograph.request_files import HELD, SUFFIX, write


class Keeper:
    """
    The files of one process below one root.

    Args:
        root: The directory; "" keeps nothing.
        service: Below which name.
        process_id: Whose.
        what: What it is called when something is said about it.
        notices: Where to say it.
    """

    def __init__(
        self, root: str, service: str, process_id: str, what: str, notices: Notices
    ) -> None:
        self.root, self.service = root, service
        self._process_id, self._what, self._notices = process_id, what, notices
        self._number = 0
        self.place: Place | None = None

    def open(self) -> Place | None:
        """Return the directory, made when first asked for; None when there can be none."""
        if self.place is None and self.root:
            try:
                self.place = places.make(self.root, self.service, self._process_id)
            except Unusable as exc:
                self._give_up(str(exc))
        return self.place

    def keep(self, request: Outgoing, cursor: Cursor = (), before: int = 0) -> bool:
        """
        Write *request* into a file of its own.

        Args:
            request: To keep.
            cursor: Of the recorder's memory, with all that was kept since the last one.
            before: How many requests come after it before the one with the cursor; while that is
                not written the file is held back from a recovery, which finds the rows in memory.

        Returns:
            Whether it is in a file afterwards.
        """
        place = self.open()
        if place is None or request.body is None:
            return False
        self._number += 1
        path = f"{place.path}/{self._number:010d}{SUFFIX}"
        if before:
            path += f"{HELD}{self._number + before:010d}{SUFFIX}"
        try:
            request.file = write(path, request.body, request.rows, request.blocks, cursor)
        except OSError as exc:
            self._notices.once(self._what, f"{self._what}: {path}: {exc.strerror or exc}")
            return False
        return True

    def mark(self, how_far: str, log_rows: int) -> None:
        """Note how far the process came."""
        if self.place is not None:
            try:
                self.place.mark(how_far, log_rows)
            except OSError as exc:
                self._notices.once(self._what, f"{self._what}: {exc.strerror or exc}")

    def write_text(self, name: str, text: str) -> None:
        """Write a small file beside the requests."""
        place = self.open()
        if place is not None:
            try:
                with open(f"{place.path}/{name}", "w", encoding="utf-8") as file:  # noqa: PTH123
                    file.write(text)
            except OSError as exc:
                self._give_up(f"{place.path}: {exc.strerror or exc}")

    def room(self, bytes_max: int) -> int:
        """Return how many of *bytes_max* the service leaves free; -1 where nothing is kept."""
        return bytes_max - places.bytes_below(self.root, self.service, SUFFIX) if self.root else -1

    def share(self, bytes_max: int) -> int:
        """Return how many of *bytes_max* the other processes of the service leave to this one."""
        own = self.place.path if self.place is not None else ""
        return bytes_max - places.bytes_below(self.root, self.service, SUFFIX, own)

    def close(self) -> None:
        """Remove the directory when no request is left in it; leave it to the next start if not."""
        place, self.place = self.place, None
        self.root = ""
        if place is None:
            return
        try:
            if place.files(SUFFIX):
                place.clear(MEMORY)
                place.leave()
            else:
                place.remove()
        except OSError as exc:
            self._notices.once(self._what, f"{self._what}: {place.path}: {exc.strerror or exc}")
            place.abandon()

    def abandon(self) -> None:
        """Let go, in the child of a fork, of what is the parent's."""
        if self.place is not None:
            self.place.abandon()

    def _give_up(self, reason: str) -> None:
        self.root = ""
        if self.place is not None:
            self.place.abandon()
            self.place = None
        self._notices.once(self._what, f"going on without {self._what}: {reason}")
