"""
What the C recorder of a dead process had published and not stored, as blocks.

Rule: where the extension cannot be had, nothing is known of it; that is not the same as nothing.
"""

from importlib import import_module
from struct import Struct
from typing import Any, NamedTuple

from limnograph.limits import Limits
from limnograph.recorder import Block, Cursor, Source
from limnograph.wire.container import Clock
from limnograph.wire.zstd import compress

MEMORY = ("chunk-", "sites", "cells", "clock", "open-spans")
"""How the names of the files begin in which the C recorder keeps its memory."""

_PIECE = Struct("=QII")
"""``struct cursor`` of flush.h: piece, rows, and what is reserved."""


class _Thread(NamedTuple):
    name: str


class Remains(NamedTuple):
    """
    What was found.

    Attributes:
        lost: Events that were there and could not be packed.
    """

    blocks: list[Block]
    lost: int


def found_in(directory: str, stored: Cursor, clock: Clock, limits: Limits) -> Remains | None:
    """
    Return what a dead process left in *directory*, kind by kind.

    Args:
        directory: Its own; nothing in it changes.
        stored: Cursors of the requests that it had written.
        clock: What its ticks mean.
        limits: Bounds of the blocks.

    Returns:
        None where the extension cannot be imported.

    Raises:
        OSError: The directory cannot be read.
    """
    try:
        native: Any = import_module("limnograph._recorder")
    except ImportError:
        return None
    cursors = b"".join(_PIECE.pack(piece, rows, 0) for piece, rows in stored)
    bounds = (limits.block_rows_max, limits.block_bytes_max)
    found, lost = native.recover(
        directory, cursors, clock.origin_ticks, clock.origin_unix_ns, *bounds
    )
    sources: dict[tuple[str, int], Source] = {}
    blocks = []
    for kind, thread, native_id, name, rows, payload, compressed, begin, end, _, _ in found:
        source = sources.get((kind, thread))
        if source is None:
            source = sources[kind, thread] = Source(kind, native_id, _Thread(name), thread)
        whole = payload if compressed else compress(payload)
        blocks.append(Block(source, rows, whole, begin, end, 0))
    return Remains(blocks, lost)
