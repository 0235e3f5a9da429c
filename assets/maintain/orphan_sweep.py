"""Segments that no row knows are deleted: what a receiver wrote and never acknowledged."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from pydantic import Field

from assets.maintain.limits import ORPHAN_DAYS, SEGMENTS_PER_STEP
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.layout import segment_id_of, segments_prefix
from assets.storage.metadata.retention import unknown_segments
from assets.storage.objects import ObjectInfo
from assets.wording import size_text

_DAY = timedelta(days=1)


class OrphanSweepSettings(TaskSettings):
    """Where to look."""

    days: int = Field(
        default=ORPHAN_DAYS,
        ge=1,
        description="How many days of segments to list, back from yesterday. Younger ones may be"
        " on their way still.",
    )


def plan(site: Site, settings: OrphanSweepSettings) -> Iterator[Step]:
    """Return steps that delete what no row knows, the oldest days first."""
    for back in range(settings.days, 0, -1):
        day = site.now - (back + 1) * _DAY
        found = site.lake.objects.list(segments_prefix(day))
        while batch := list(islice(found, SEGMENTS_PER_STEP)):
            orphans = _orphans(site, batch)
            if orphans:
                yield _step(site, day, orphans)


def _orphans(site: Site, objects: Sequence[ObjectInfo]) -> list[ObjectInfo]:
    by_id = {segment_id_of(found.key): found for found in objects}
    with site.lake.connection() as conn:
        unknown = unknown_segments(conn, [id_ for id_ in by_id if id_])
    return [found for id_, found in by_id.items() if id_ in unknown]


def _step(site: Site, day: datetime, orphans: Sequence[ObjectInfo]) -> Step:
    size = sum(found.size for found in orphans)
    numbers = {"objects deleted": len(orphans), "bytes": size}

    def do() -> Done:
        # Asked again: a lake that was restored from a backup may have got its rows back meanwhile.
        still = _orphans(site, orphans)
        site.lake.objects.delete([found.key for found in still])
        return Done(f"{len(still):,} objects deleted", numbers)

    action = f"delete {len(orphans):,} objects of {size_text(size)} that no row knows"
    return Step(f"segments of {day:%Y-%m-%d}", action, do, numbers)


ORPHAN_SWEEP = Task(
    name="orphan_sweep",
    doc="Deletes segments that no row knows: a receiver that was killed between the two left them."
    " It lists some days of the object store.",
    settings=OrphanSweepSettings,
    plan=plan,
    cron="23 4 * * 0",
)
