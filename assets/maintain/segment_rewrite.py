"""Segments that are mostly dead are rewritten, so that their bytes can go before their last day."""

import time
from collections.abc import Iterator, Sequence

from pydantic import Field

from assets.maintain.limits import (
    INDEX_BYTES_PER_BLOCK,
    REWRITE_BYTES_MAX,
    REWRITE_SEGMENTS_MAX,
    SEGMENT_AGE_MIN,
    SEGMENTS_PER_STEP,
)
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.rewriting import SparseSegment, sparse_segments
from assets.storage.rewrite import rewrite_segments
from assets.wording import size_text


class SegmentRewriteSettings(TaskSettings):
    """What is worth rewriting."""

    live_percent_max: int = Field(
        default=40,
        ge=1,
        le=95,
        description="Segments are rewritten of which less than so much is left.",
    )
    dead_bytes_min: int = Field(
        default=256 * 1024, ge=1, description="And in which at least so many bytes are dead."
    )


def plan(site: Site, settings: SegmentRewriteSettings) -> Iterator[Step]:
    """Return a step for each new segment, of the segments with most to gain, by time."""
    with site.lake.connection() as conn:
        found = sparse_segments(
            conn,
            site.now - SEGMENT_AGE_MIN,
            live_share_max=settings.live_percent_max / 100,
            dead_bytes_min=settings.dead_bytes_min,
            index_bytes=INDEX_BYTES_PER_BLOCK,
            limit=REWRITE_SEGMENTS_MAX,
        )
    for group in _groups(sorted(found, key=lambda one: one.first or site.now)):
        yield _step(site, group)


def _groups(found: Sequence[SparseSegment]) -> Iterator[Sequence[SparseSegment]]:
    """Yield segments whose live bytes fit one new segment; one larger alone is a group."""
    group: list[SparseSegment] = []
    size = 0
    for one in found:
        full = size + one.live_bytes > REWRITE_BYTES_MAX or len(group) == SEGMENTS_PER_STEP
        if group and full:
            yield group
            group, size = [], 0
        group.append(one)
        size += one.live_bytes
    if group:
        yield group


def _step(site: Site, segments: Sequence[SparseSegment]) -> Step:
    before = sum(one.size for one in segments)
    live = sum(one.live_bytes for one in segments)
    blocks = sum(one.live_blocks for one in segments)

    def do() -> Done:
        rewritten = rewrite_segments(site.lake, segments, time.time_ns())
        return Done(
            f"{rewritten.blocks:,} blocks moved into one segment of {size_text(rewritten.bytes)};"
            f" segment_sweep deletes {size_text(before)}",
            {"segments": len(segments), "bytes saved": before - rewritten.bytes},
        )

    action = (
        f"rewrite {blocks:,} blocks of {size_text(live)}, which is what is left of"
        f" {size_text(before)}"
    )
    numbers = {"segments": len(segments), "bytes saved": before - live}
    return Step(f"{len(segments):,} segments", action, do, numbers)


SEGMENT_REWRITE = Task(
    name="segment_rewrite",
    doc="Rewrites segments of which sampling or retention left little, so that segment_sweep can"
    " delete them. It reads what is left once; queries go on meanwhile.",
    settings=SegmentRewriteSettings,
    plan=plan,
    cron="51 3 * * *",
)
