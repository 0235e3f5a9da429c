"""
Requests in files: written whole or not at all, and checked when they are read back.

A file is ``LIMNOKEP``, u32 length of a JSON header, u32 CRC-32 of what follows, the header (rows
of each kind, blocks, the recorder's cursor after these rows), and the request's body unchanged.
"""

import json
import os
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from limnograph.recorder import Cursor

MAGIC = b"LIMNOKEP"
SUFFIX = ".req"
HELD = ".held-"
"""
Requests that take the recorder's memory together have their cursors in the last one's file. Until
that is written the others are held: their names end in this and the name of the last.
"""

_START = len(MAGIC) + 8


class Unreadable(Exception):
    """A file that is no request file, or no longer the one that was written."""


class Kept(NamedTuple):
    """What a request file holds."""

    rows: tuple[tuple[str, int], ...]
    blocks: int
    cursor: Cursor
    body: bytes


def nothing() -> None:
    """Do nothing when a file is removed."""


class RequestFile:
    """One such file; ``remove`` also tells whoever waits for that."""

    __slots__ = ("_removed", "path")

    def __init__(self, path: str, removed: Callable[[], None] = nothing) -> None:
        self.path, self._removed = path, removed

    def read(self) -> Kept:
        """
        Return what the file holds.

        Raises:
            Unreadable: Why it cannot be used.
        """
        try:
            with open(self.path, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
                data = file.read()
        except OSError as exc:
            raise Unreadable(f"{self.path}: {exc.strerror or exc}") from exc
        if data[: len(MAGIC)] != MAGIC or len(data) < _START:
            raise Unreadable(f"{self.path} is no request file")
        size = int.from_bytes(data[8:12], "little")
        if zlib.crc32(data[_START:]) != int.from_bytes(data[12:16], "little"):
            raise Unreadable(f"{self.path} was cut off or changed")
        try:
            header = json.loads(data[_START : _START + size])
            rows = tuple((str(kind), int(count)) for kind, count in header["rows"])
            cursor = [(int(piece), int(upto)) for piece, upto in header["cursor"]]
            return Kept(rows, int(header["blocks"]), cursor, data[_START + size :])
        except (ValueError, TypeError, KeyError) as exc:
            raise Unreadable(f"{self.path} has no header") from exc

    def show(self) -> None:
        """
        Give a held file its own name.

        Raises:
            OSError: It could not be renamed.
        """
        shown, held, _ = self.path.partition(HELD)
        if held:
            os.rename(self.path, shown)  # noqa: PTH104 - pathlib is slow to import
            self.path = shown

    def remove(self) -> None:
        """Delete the file; no error when it is gone."""
        with suppress(OSError):
            os.unlink(self.path)  # noqa: PTH108 - pathlib is slow to import
        self._removed()


def write(
    path: str, body: bytes, rows: Sequence[tuple[str, int]], blocks: int, cursor: Cursor = ()
) -> RequestFile:
    """
    Write a request to *path*, at once as far as readers can tell.

    Raises:
        OSError: It could not be written; nothing is left of it.
    """
    header = json.dumps({"rows": list(rows), "blocks": blocks, "cursor": list(cursor)}).encode()
    crc = zlib.crc32(body, zlib.crc32(header))
    start = MAGIC + len(header).to_bytes(4, "little") + crc.to_bytes(4, "little")
    unfinished = f"{path}.part"
    try:
        with open(unfinished, "wb") as file:  # noqa: PTH123 - pathlib is slow to import
            file.write(start + header)
            file.write(body)
        os.rename(unfinished, path)  # noqa: PTH104 - pathlib is slow to import
    except OSError:
        RequestFile(unfinished).remove()
        raise
    return RequestFile(path)
