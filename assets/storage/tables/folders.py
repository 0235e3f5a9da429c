"""
Removal of the folders of partitions of which nothing is left: one of each hour of each process.

Only local disks have them. Rule: one that was changed lately stays, as a write may be about to put
a file there. A folder that goes all the same in that moment is made again by whoever writes.
"""

import os
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

_PARTITION = "="


def sweep_folders(table_uri: str, keep: timedelta) -> int:
    """Remove the partitions' folders that have been empty for *keep*; return how many."""
    parts = urlsplit(table_uri)
    if parts.scheme != "file":
        return 0
    before = time.time() - keep.total_seconds()
    found: list[tuple[Path, float]] = []
    for folder, inner, _ in os.walk(unquote(parts.path)):
        inner[:] = [name for name in inner if _PARTITION in name]
        for name in inner:
            path = Path(folder, name)
            with suppress(FileNotFoundError):
                found.append((path, path.stat().st_mtime))
    removed = 0
    # Inner folders come after those that they are in, whose times are those from before.
    for path, changed in reversed(found):
        if changed < before:
            with suppress(OSError):  # it is not empty, or somebody else has removed it
                path.rmdir()
                removed += 1
    return removed
