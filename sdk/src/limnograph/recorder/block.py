"""
What a recorder hands over: finished blocks, and the sources that they come from.

A batch is a block whose columns are not yet bytes: what is built in Python goes through it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from limnograph.wire.container import Clock
    from limnograph.wire.layout import Column

Cursor = Sequence[tuple[int, int]]
"""How far a block takes the recorder's memory: (piece, its rows). Only recorders look inside."""


class Source:
    """
    Where events come from: the process's log, its metrics, or one thread's spans.

    Attributes:
        kind: ``log``, ``metrics``, ``spans``, ``traces`` or ``images``.
        thread_id: For spans, the operating system's id of the thread.
        thread: For spans, what has the thread's ``name``.
        number: For spans, the thread's in the process, 0 where it has none.
        untold: Events dropped that no block has told yet. Drainer only.
        stream: Whatever the packer of blocks keeps for this source.
    """

    __slots__ = ("kind", "number", "stream", "thread", "thread_id", "untold")

    def __init__(self, kind: str, thread_id: int = 0, thread: Any = None, number: int = 0) -> None:
        self.kind, self.thread_id, self.thread, self.number = kind, thread_id, thread, number
        self.untold = 0
        self.stream: Any = None


class Block(NamedTuple):
    """
    The events of one block.

    Attributes:
        payload: The finished container.
        begin_ticks: Earliest tick of any event; ``end_ticks`` the latest.
        dropped: Events of the source dropped since its last block.
        cursor: To be given to ``settle`` when the payload is where a crash cannot harm it.
    """

    source: Source
    rows: int
    payload: bytes
    begin_ticks: int
    end_ticks: int
    dropped: int
    cursor: Cursor = ()


class Batch(NamedTuple):
    """
    The events of one block, ready to be encoded.

    Attributes:
        begin_ticks: Earliest tick of any event; ``end_ticks`` the latest.
        sites: What the rows' ``site`` column counts: name, target, file, line, unit.
        dropped: Events of the source dropped since its last batch.
        open_spans: For spans: id, parent, depth, site, begin_ticks of those still open.
    """

    source: Source
    rows: int
    columns: "Sequence[Column]"
    sites: Sequence[dict[str, object]]
    begin_ticks: int
    end_ticks: int
    dropped: int = 0
    open_spans: Sequence[dict[str, int]] = ()

    def block(self, clock: "Clock") -> Block:
        """Return the finished block; *clock* must have the origin of the batch's times."""
        from limnograph.wire.container import encode  # it imports zstd, which recording needs not

        payload = encode(
            self.source.kind,
            self.rows,
            self.columns,
            sites=self.sites,
            clock=clock,
            dropped=self.dropped,
            open_spans=self.open_spans,
        )
        return Block(
            self.source, self.rows, payload, self.begin_ticks, self.end_ticks, self.dropped
        )
