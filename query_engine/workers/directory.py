"""
The directory of one pool on local disk: what engines spill, and the rows that plans scan.

Rule: it is locked as long as its pool lives. What nobody locks is left over from a service that was
killed, and the next one to start removes it.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from query_engine.errors import ScratchUnusable

_LOCK: Final = "lock"


class PoolDirectory:
    """
    A directory that is ours until `close`.

    Args:
        parent: Where it is made; left-over ones there are removed.

    Attributes:
        path: The directory.

    Raises:
        ScratchUnusable: *parent* cannot be written to.
    """

    def __init__(self, parent: Path) -> None:
        place = parent / f"limnograph-query-{os.getuid()}"
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            if place.stat().st_uid != os.getuid():
                raise ScratchUnusable(f"{place} belongs to somebody else")
            with (place / _LOCK).open("w") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                _sweep(place)
                self.path = Path(tempfile.mkdtemp(prefix="pool-", dir=place))
                self._lock = (self.path / _LOCK).open("w")
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            raise ScratchUnusable(f"scratch_dir cannot be used: {error}") from error

    def close(self) -> None:
        """Remove it; harmless to repeat."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _sweep(place: Path) -> None:
    """Remove the directories whose pool is gone."""
    for left in place.glob("pool-*"):
        with (left / _LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(left, ignore_errors=True)
