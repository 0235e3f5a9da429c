"""
Day partitions of the raw blocks: made ahead of time, and dropped when nothing is in them any more.

Days that are over are counted here, once, for all tasks that ask how much there is of each.
Receivers make tomorrow's by themselves, and a commit makes one that is missing: this is for lakes
whose receivers were away, and for what retention and sampling leave behind.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from pydantic import Field

from assets.maintain.covered import check_settled
from assets.maintain.limits import RAW_DAYS_MIN
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.partitions import ensure_partitions, missing_partitions
from assets.storage.metadata.raw_days import keep_size, raw_days, uncounted_days
from assets.storage.metadata.retention import drop_day, half_dropped_days, mark_retiring


class PartitionsSettings(TaskSettings):
    """How far ahead to look."""

    days_ahead: int = Field(default=3, ge=1, le=366, description="Days to have partitions for.")


def plan(site: Site, settings: PartitionsSettings) -> Iterator[Step]:
    """Return steps that make what is missing, drop what is empty, and finish what was begun."""
    with site.lake.connection() as conn:
        missing = missing_partitions(conn, settings.days_ahead)
        days = raw_days(conn)
        begun = half_dropped_days(conn)
        uncounted = uncounted_days(conn)
    if missing:
        yield _making(site, missing, settings.days_ahead)
    yield from finishing(site, begun)
    last = site.now.date() - timedelta(days=RAW_DAYS_MIN)
    for day in uncounted:
        yield _counting(site, day)
    for day in (found.day for found in days if not found.blocks and found.day <= last):
        if day not in begun:
            yield _dropping(site, day, "drop it: it is over, and empty")


def finishing(site: Site, begun: Sequence[date]) -> Iterator[Step]:
    """Return steps that bring drops to their end that were cut off, by whatever task."""
    for day in begun:
        yield _finishing(site, day)


def _finishing(site: Site, day: date) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            drop_day(conn, day)
        return Done("dropped", {"partitions dropped": 1})

    action = "finish dropping it: only its rows are left"
    return Step(f"partition of {day}", action, do, {"partitions dropped": 1})


def _making(site: Site, missing: list[date], ahead: int) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            made = ensure_partitions(conn, ahead)
        return Done(f"{len(made)} partitions made", {"partitions made": len(made)})

    names = ", ".join(map(str, missing))
    return Step("partitions", f"make those of {names}", do, {"partitions made": len(missing)})


def _counting(site: Site, day: date) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            kept = keep_size(conn, day)
        return Done("counted" if kept else "was counted already", {"days counted": int(kept)})

    return Step(f"partition of {day}", "count it once and for all: it is over", do)


def _dropping(site: Site, day: date, action: str) -> Step:
    def do() -> Done:
        check_settled(site, day)
        with site.lake.connection() as conn:
            if any(found.blocks for found in raw_days(conn) if found.day == day):
                return Done("left as it is: it is not empty any more")
            mark_retiring(conn, day)  # so that a drop that is cut off is known to have been begun
            drop_day(conn, day)
        return Done("dropped", {"partitions dropped": 1})

    return Step(f"partition of {day}", action, do, {"partitions dropped": 1})


PARTITIONS = Task(
    name="partitions",
    doc="Makes the day partitions of raw blocks ahead of time, drops those that are over and empty,"
    " finishes drops that were cut off, and counts each day that is over, so that no other task has"
    " to.",
    settings=PartitionsSettings,
    plan=plan,
    cron="19 */6 * * *",
)
