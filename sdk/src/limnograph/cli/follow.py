"""
New log entries as they become visible, each once: what ``limno logs --follow`` shows.

A block's entries become visible together, when the receiver's transaction commits. Its insert time
was taken a moment before that, so a block may become visible after one of a later insert time: time
alone cannot say what is new. So blocks are listed from a little before the newest one, the ids that
were shown are remembered, and only the entries of the others are asked for. Every few looks the
list reaches further back, for transactions that took long.

Rule: a block counts as shown when its entries were taken, not before; what fails is asked again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from limnograph.cli.limits import (
    FOLLOW_BLOCKS_MAX,
    FOLLOW_BLOCKS_PER_QUERY,
    FOLLOW_LATE_EVERY,
    FOLLOW_LATE_S,
    FOLLOW_OVERLAP_S,
    FOLLOW_ROWS_PER_QUERY,
)

_SECOND_NS = 1_000_000_000
Entry = Mapping[str, Any]


class Block(NamedTuple):
    """A block of log entries, as far as following needs it."""

    block_id: str
    insert_ns: int
    rows: int


class Source(Protocol):
    """What can be asked of the lake."""

    def now_ns(self) -> int:
        """Return the service's time."""
        ...

    def blocks(self, since_ns: int) -> Iterable[Block]:
        """Return the blocks of log entries, visible now, of that insert time and later ones."""
        ...

    def entries(self, blocks: Sequence[Block]) -> Sequence[Entry]:
        """Return the entries of these blocks that are wanted, in the order of time."""
        ...


class Tail:
    """
    What has been shown, and what is new.

    Args:
        source: The lake.
        blocks_max: So many block ids are remembered.
    """

    def __init__(self, source: Source, blocks_max: int = FOLLOW_BLOCKS_MAX) -> None:
        self._source, self._blocks_max = source, blocks_max
        self._shown: dict[str, int] = {}
        self._newest_ns = self._looks = 0
        # What is visible now counts as shown.
        self._begin_ns = self._far_ns = source.now_ns() - FOLLOW_LATE_S * _SECOND_NS
        for block in source.blocks(self._far_ns):
            self._take(block)

    def is_history(self, block_id: str, insert_ns: int) -> bool:
        """Return whether a block was visible at the begin; if not, a look will show it."""
        return block_id in self._shown or insert_ns < self._begin_ns

    def look(self) -> Iterator[Sequence[Entry]]:
        """Yield the entries that have become visible since, in pieces."""
        far = self._looks % FOLLOW_LATE_EVERY == 0
        # From where the last far look stood, however far others have gone since: what was late at
        # that time is found now.
        low_ns = self._far_ns
        if not far:
            low_ns = max(low_ns, self._newest_ns - FOLLOW_OVERLAP_S * _SECOND_NS)
        found = [b for b in self._source.blocks(low_ns) if b.block_id not in self._shown]
        # The oldest first: a look that breaks off has not passed by any.
        for blocks in _pieces(sorted(found, key=lambda block: block.insert_ns)):
            yield self._source.entries(blocks)
            for block in blocks:
                self._take(block)
        if far:
            self._far_ns = max(self._far_ns, self._newest_ns - FOLLOW_LATE_S * _SECOND_NS)
        self._looks += 1
        self._forget()

    def _take(self, block: Block) -> None:
        self._shown[block.block_id] = block.insert_ns
        self._newest_ns = max(self._newest_ns, block.insert_ns)

    def _forget(self) -> None:
        """Forget what no look will list again, and what is too much."""
        kept = sorted((at, block) for block, at in self._shown.items() if at >= self._far_ns)
        if len(kept) > self._blocks_max:
            self._far_ns = kept[-self._blocks_max - 1][0] + 1
            kept = [(at, block) for at, block in kept if at >= self._far_ns]
        self._shown = {block: at for at, block in kept}


def _pieces(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Yield blocks in groups that one query may ask for."""
    piece: list[Block] = []
    count = 0
    for block in blocks:
        full = count + block.rows > FOLLOW_ROWS_PER_QUERY or len(piece) >= FOLLOW_BLOCKS_PER_QUERY
        if piece and full:
            yield piece
            piece, count = [], 0
        piece.append(block)
        count += block.rows
    if piece:
        yield piece
