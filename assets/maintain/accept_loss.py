"""
Raw blocks whose payloads the object store has lost are given up, on the word of an operator.

Rule: only what is asked for and not there, or too short, goes; it is looked for once more right
before. A payload that can be read, decodable or not, is never given up.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from pydantic import Field

from assets.errors import CallerError, ObjectMissing
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.layout import segments_prefix
from assets.storage.metadata.lost import SegmentOfDay, forget_lost, segments_of_day
from assets.storage.metadata.raw_days import raw_days
from assets.wording import size_text

_NAMED = 3
"""Segments that a step names."""


class AcceptLossSettings(TaskSettings):
    """What is given up."""

    day: str = Field(
        default="",
        description="The UTC day that the blocks arrived on, as 2026-11-20; empty: show the days"
        " that lack any, give up nothing.",
    )


def plan(site: Site, settings: AcceptLossSettings) -> Iterator[Step]:
    """Return a step that gives up what the store has lost of a day; or show it of each day."""
    if not settings.day:
        with site.lake.connection() as conn:
            days = [found.day for found in raw_days(conn) if found.blocks]
        for day in days:
            if lost := _lost(site, day, _segments(site, day)):
                yield _showing(day, lost)
        return
    try:
        day = date.fromisoformat(settings.day)
    except ValueError as exc:
        raise CallerError(f"day = {settings.day!r} is no day: write it as 2026-11-20") from exc
    if lost := _lost(site, day, _segments(site, day)):
        yield _giving_up(site, day, lost)


def _segments(site: Site, day: date) -> list[SegmentOfDay]:
    with site.lake.connection() as conn:
        return segments_of_day(conn, day)


def _lost(site: Site, day: date, segments: Sequence[SegmentOfDay]) -> list[SegmentOfDay]:
    """Return the segments that the store has not, or not whole."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    listed = {found.key: found.size for found in site.lake.objects.list(segments_prefix(start))}
    doubtful = [one for one in segments if listed.get(one.object_key, 0) < one.end]
    return [one for one in doubtful if not _is_whole(site, one)]  # those of other days' folders


def _is_whole(site: Site, segment: SegmentOfDay) -> bool:
    try:
        site.lake.objects.get_ranges(segment.object_key, [(segment.end - 1, 1)])
    except ObjectMissing:
        return False
    return True


def _described(lost: Sequence[SegmentOfDay]) -> str:
    named = ", ".join(one.object_key for one in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else ""
    blocks, size = sum(one.blocks for one in lost), sum(one.bytes for one in lost)
    return f"{blocks:,} blocks of {size_text(size)}: the object store lacks {named}{more}"


def _showing(day: date, lost: Sequence[SegmentOfDay]) -> Step:
    action = f"cannot be read: {_described(lost)}"
    told = f"unchanged; day={day} gives them up"
    return Step(f"raw blocks of {day}", action, lambda: Done(told))


def _giving_up(site: Site, day: date, lost: Sequence[SegmentOfDay]) -> Step:
    numbers = {"blocks": sum(one.blocks for one in lost), "bytes": sum(one.bytes for one in lost)}

    def do() -> Done:
        still = _lost(site, day, lost)
        with site.lake.connection() as conn:
            gone = forget_lost(conn, day, still)
        return Done(
            f"{gone.blocks:,} blocks given up: their events are lost but for the rows that tables"
            " have of them",
            {"blocks": gone.blocks, "bytes": gone.bytes},
        )

    return Step(f"raw blocks of {day}", f"give up {_described(lost)}", do, numbers)


ACCEPT_LOSS = Task(
    name="accept_loss",
    doc="Gives up the blocks of a day whose payloads the object store has lost, so that tables can"
    " be complete without them. What can be read stays. Without a day it shows what is lost.",
    settings=AcceptLossSettings,
    plan=plan,
)
