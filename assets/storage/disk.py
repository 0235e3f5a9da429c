"""The disk that a lake of local files is on, and what its objects take of it."""

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from assets.errors import StorageUnavailable
from assets.storage.lake import Lake
from assets.storage.layout import TABLES_PREFIX


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of a file system: in all, and those that an ordinary user can still write."""

    total: int
    free: int


def disk_of(lake: Lake) -> Disk | None:
    """
    Return the disk of a lake; None when its objects are elsewhere.

    Raises:
        StorageUnavailable: The file system does not answer.
    """
    parts = urlsplit(lake.root_uri)
    if parts.scheme != "file":
        return None
    try:
        found = os.statvfs(unquote(parts.path))
    except OSError as exc:
        raise StorageUnavailable(f"{lake.root_uri}: {exc.strerror}") from exc
    return Disk(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)


def data_file_bytes(lake: Lake) -> int:
    """Return the size of all files with rows, those too that left their table; lists them."""
    return sum(
        found.size
        for found in lake.objects.list(TABLES_PREFIX)
        if found.key.endswith(".parquet") and "/_" not in found.key
    )
