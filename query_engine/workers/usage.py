"""What a process uses, as the kernel tells it."""

import os
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def anonymous_bytes(pid: int) -> int:
    """
    Return the resident memory of a process that is its own; 0 when it is gone.

    Pages of mapped files are left out: the kernel takes them back when it needs them.
    """
    try:
        fields = Path(f"/proc/{pid}/statm").read_bytes().split()
        return (int(fields[1]) - int(fields[2])) * _PAGE
    except (OSError, IndexError):
        return 0


def read_bytes(pid: int) -> int:
    """Return how much a process has read from files; 0 when it is gone."""
    try:
        first = Path(f"/proc/{pid}/io").read_bytes().split(b"\n", 1)[0]
        return int(first.split()[1])
    except (OSError, IndexError):
        return 0
