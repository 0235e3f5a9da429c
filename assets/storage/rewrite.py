"""What is left in mostly dead segments is written into a new one, and its blocks move there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from assets.storage.lake import Lake
from assets.storage.metadata.rewriting import (
    Placed,
    SparseSegment,
    live_blocks,
    move_blocks,
)
from assets.storage.segment import FIRST_PAYLOAD_OFFSET
from assets.storage.segment_put import known_index, put_segment


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a rewrite: blocks that moved, and the size of the object that has them."""

    blocks: int
    bytes: int


def rewrite_segments(lake: Lake, segments: Sequence[SparseSegment], now_ns: int) -> Rewritten:
    """
    Write what is live in *segments* into one new segment, and let its blocks be there.

    Killed before the end, it leaves at most an object that no row knows, for ``orphan_sweep``. The
    old segments are not deleted here: queries may have read the old places.

    Args:
        lake: Where they are.
        segments: They hold no more than may be in memory together.
        now_ns: Unix ns; names the new segment.

    Raises:
        ObjectMissing: The store has lost one of them.
        StorageUnavailable: Postgres or the store does not answer.
    """
    with lake.connection() as conn:
        placed = live_blocks(conn, segments)
    if not placed:
        return Rewritten(0, 0)
    payloads = _payloads(lake, placed, {one.segment_id: one.object_key for one in segments})
    places = []
    offset = FIRST_PAYLOAD_OFFSET
    for one in placed:
        places.append(offset)
        offset += one.block.payload_size
    blocks = [
        replace(one.block, payload_offset=place) for one, place in zip(placed, places, strict=True)
    ]
    with lake.connection() as conn:
        index = known_index(conn, blocks)
    segment = put_segment(lake.objects, index, payloads, now_ns)
    with lake.connection() as conn:
        moved = move_blocks(conn, segment, placed, places)
    if not moved:
        lake.objects.delete([segment.object_key])
    return Rewritten(moved, segment.size)


def _payloads(lake: Lake, placed: Sequence[Placed], keys: dict[str, str]) -> list[bytes]:
    """Return the payloads in this order, which is by segment: a request for each."""
    found: list[bytes] = []
    for segment_id, group in groupby(placed, key=lambda one: one.segment_id):
        ranges = [(one.block.payload_offset, one.block.payload_size) for one in group]
        found += lake.objects.get_ranges(keys[segment_id], ranges)
    return found
