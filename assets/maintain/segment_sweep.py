"""Segments whose blocks are all forgotten are deleted, some time after the last of them went."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import Field

from assets.maintain.limits import SEGMENT_AGE_MIN, SEGMENTS_PER_STEP, STEPS_MAX
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.retention import (
    RetiredSegment,
    forget_segments,
    mark_unreferenced,
    retired_segments,
)
from assets.wording import size_text


class SegmentSweepSettings(TaskSettings):
    """What to delete."""

    grace_hours: int = Field(
        default=2,
        ge=1,
        description="Segments stay so many hours after their last block was forgotten: longer than"
        " any query takes.",
    )


def plan(site: Site, settings: SegmentSweepSettings) -> Iterator[Step]:
    """Return a step that marks what no block refers to, and steps that delete what was marked."""
    yield _marking(site)
    before = site.now - timedelta(hours=settings.grace_hours)
    with site.lake.connection() as conn:
        found = retired_segments(conn, before, SEGMENTS_PER_STEP * STEPS_MAX)
    for first in range(0, len(found), SEGMENTS_PER_STEP):
        yield _deletion(site, found[first : first + SEGMENTS_PER_STEP])


def _marking(site: Site) -> Step:
    before: datetime = site.now - SEGMENT_AGE_MIN

    def do() -> Done:
        with site.lake.connection() as conn:
            marked = mark_unreferenced(conn, before)
        return Done(f"{marked:,} segments marked", {"segments marked": marked})

    return Step("segments", "mark those that no block refers to any more", do)


def _deletion(site: Site, segments: Sequence[RetiredSegment]) -> Step:
    size = sum(segment.size for segment in segments)
    numbers = {"segments deleted": len(segments), "bytes": size}

    def do() -> Done:
        # The objects first: if this is cut off in between, the rows say what is left to do.
        site.lake.objects.delete([segment.object_key for segment in segments])
        with site.lake.connection() as conn:
            forget_segments(conn, segments)
        return Done(f"{len(segments):,} segments deleted", numbers)

    return Step("segments", f"delete {len(segments):,} of {size_text(size)}", do, numbers)


SEGMENT_SWEEP = Task(
    name="segment_sweep",
    doc="Deletes the segments of which no block is left, hours after the last one went. It reads"
    " the rows of all blocks once.",
    settings=SegmentSweepSettings,
    plan=plan,
    cron="11 4 * * *",
)
