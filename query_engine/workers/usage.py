"""What a process uses, as the kernel tells it."""

import os
from typing import Final

_FILE_BYTES_MAX: Final = 4096
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def anonymous_bytes(pid: int) -> int:
    """
    Return the resident memory of a process that is its own; 0 when it is gone.

    Pages of mapped files are left out: the kernel takes them back when it needs them.
    """
    try:
        fields = _contents(f"/proc/{pid}/statm").split()
        return (int(fields[1]) - int(fields[2])) * _PAGE
    except (OSError, IndexError):
        return 0


def read_bytes(pid: int) -> int:
    """Return how much a process has read from files; 0 when it is gone."""
    try:
        first = _contents(f"/proc/{pid}/io").split(b"\n", 1)[0]
        return int(first.split()[1])
    except (OSError, IndexError):
        return 0


def _contents(path: str) -> bytes:
    """Return a small file, by the calls alone: it is read some hundred times a second."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _FILE_BYTES_MAX)
    finally:
        os.close(descriptor)
