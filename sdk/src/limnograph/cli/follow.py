"""
New log entries as they become visible, each once: what ``limno logs --follow`` shows.

A block's entries become visible together, when the receiver's transaction commits. Its insert time
was taken a moment before that, so a block may become visible after one of a later insert time: time
alone cannot say what is new. So blocks are listed from a little before the newest one, the ids that
were shown are remembered, and only the entries of the others are asked for. Every few looks the
list reaches further back, for transactions that took long.

Rule: a block counts as shown when its rows were taken, not before; whatever fails is asked again.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from limnograph.cli.asking import literal
from limnograph.cli.limits import (
    FOLLOW_BLOCKS_MAX,
    FOLLOW_BLOCKS_PER_QUERY,
    FOLLOW_LATE_EVERY,
    FOLLOW_LATE_S,
    FOLLOW_OVERLAP_S,
    FOLLOW_ROWS_PER_QUERY,
)
from limnograph.client.times import rfc3339, unix_ns

Row = dict[str, Any]
Ask = Callable[[str], list[Row]]
_SECOND_NS = 1_000_000_000

_NOW = "SELECT now() AS now"
_BLOCKS = """\
SELECT block_id, insert_time, nb_objects FROM blocks
WHERE insert_time >= TIMESTAMP {low} AND array_has("streams.tags", 'log') ORDER BY insert_time
"""


class Tail:
    """
    What has been shown, and what is new.

    Args:
        ask: Runs a query and returns its rows.
        select: The query of log entries, with a WHERE, to which conditions are added.
        order: What is added behind the conditions.
        blocks_max: So many block ids are remembered.
    """

    def __init__(
        self, ask: Ask, select: str, order: str, blocks_max: int = FOLLOW_BLOCKS_MAX
    ) -> None:
        self._ask, self._select, self._order = ask, select, order
        self._blocks_max = blocks_max
        self._shown: dict[str, int] = {}
        self._floor_ns = self._newest_ns = 0
        self._looks = 0

    def begin(self) -> None:
        """Take what is visible now as shown."""
        now_ns = _ns(self._ask(_NOW)[0]["now"])
        self._floor_ns = now_ns - FOLLOW_LATE_S * _SECOND_NS
        for block in self._ask(_BLOCKS.format(low=literal(rfc3339(self._floor_ns)))):
            self._take(block)

    def is_history(self, row: Row) -> bool:
        """Return whether an entry was visible at ``begin``; if not, a look will show it."""
        return row["block_id"] in self._shown or _ns(row["insert_time"]) < self._floor_ns

    def look(self) -> Iterator[list[Row]]:
        """Yield the entries that have become visible since, in pieces."""
        back_s = FOLLOW_OVERLAP_S if self._looks % FOLLOW_LATE_EVERY else FOLLOW_LATE_S
        low_ns = max(self._floor_ns, self._newest_ns - back_s * _SECOND_NS)
        found = self._ask(_BLOCKS.format(low=literal(rfc3339(low_ns))))
        for blocks in _pieces([b for b in found if b["block_id"] not in self._shown]):
            yield self._entries(blocks)
            for block in blocks:
                self._take(block)
        self._looks += 1
        self._forget()

    def _entries(self, blocks: Sequence[Row]) -> list[Row]:
        ids = ", ".join(literal(block["block_id"]) for block in blocks)
        first, last = (literal(pick(b["insert_time"] for b in blocks)) for pick in (min, max))
        return self._ask(
            f"{self._select} AND block_id IN ({ids}) AND insert_time "
            f"BETWEEN TIMESTAMP {first} AND TIMESTAMP {last} {self._order}"
        )

    def _take(self, block: Row) -> None:
        insert_ns = _ns(block["insert_time"])
        self._shown[block["block_id"]] = insert_ns
        self._newest_ns = max(self._newest_ns, insert_ns)

    def _forget(self) -> None:
        """Forget what no look will list again, and what is too much."""
        low_ns = max(self._floor_ns, self._newest_ns - FOLLOW_LATE_S * _SECOND_NS)
        kept = sorted((at, block) for block, at in self._shown.items() if at >= low_ns)
        if len(kept) > self._blocks_max:
            self._floor_ns = kept[-self._blocks_max - 1][0] + 1
            kept = [(at, block) for at, block in kept if at >= self._floor_ns]
        self._shown = {block: at for at, block in kept}


def _pieces(blocks: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield blocks in groups that one query may ask for."""
    piece: list[Row] = []
    count = 0
    for block in blocks:
        rows = block["nb_objects"] or 0
        if piece and (
            count + rows > FOLLOW_ROWS_PER_QUERY or len(piece) >= FOLLOW_BLOCKS_PER_QUERY
        ):
            yield piece
            piece, count = [], 0
        piece.append(block)
        count += rows
    if piece:
        yield piece


def _ns(text: str) -> int:
    found = unix_ns(text)
    assert found is not None, "a time is never NULL there"
    return found
