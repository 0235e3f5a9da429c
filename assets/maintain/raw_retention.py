"""Raw blocks that are older, or more, than their rule keeps are forgotten, whole days at a time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from pydantic import Field

from assets.errors import LakeError
from assets.maintain.limits import RAW_DAYS_MIN
from assets.maintain.tables import megabytes
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import uncovered
from assets.storage.metadata.retention import (
    RAW,
    RawDay,
    Rule,
    drop_day,
    keep_after_all,
    mark_retiring,
    raw_days,
    retiring_days,
    rules,
)
from assets.views.catalog import VIEWS


class NotCovered(LakeError):
    """Raw blocks cannot go: a table lacks their rows still."""

    code = "not_covered"


class RawRetentionSettings(TaskSettings):
    """How careful to be."""

    grace_hours: int = Field(
        default=1,
        ge=1,
        description="A day is dropped so many hours after all tables were seen to have its rows:"
        " longer than any query takes.",
    )


def plan(site: Site, settings: RawRetentionSettings) -> Iterator[Step]:
    """Return a step for each day that is to go, the oldest first: it is marked, later dropped."""
    with site.lake.connection() as conn:
        rule = rules(conn).get(RAW)
        days = raw_days(conn) if rule else []
        covered_at = retiring_days(conn)
    grace = timedelta(hours=settings.grace_hours)
    for day in _overdue(site, rule, days) if rule else []:
        since = covered_at.get(day.day)
        if since is None:
            yield _marking(site, day, settings.grace_hours)
        elif since <= site.now - grace:
            yield _dropping(site, day)


def _overdue(site: Site, rule: Rule, days: Sequence[RawDay]) -> list[RawDay]:
    found = []
    size = 0
    for number, day in enumerate(
        sorted((day for day in days if day.end - timedelta(days=1) <= site.now),
               key=lambda day: day.day, reverse=True), start=1
    ):  # fmt: skip
        size += day.bytes
        too_old = rule.keep_days is not None and day.end <= site.now - timedelta(
            days=rule.keep_days
        )
        too_much = rule.keep_bytes is not None and size > rule.keep_bytes
        if too_old or (too_much and number > RAW_DAYS_MIN):
            found.append(day)
    return found[::-1]


def _marking(site: Site, day: RawDay, grace_hours: int) -> Step:
    def do() -> Done:
        _check_covered(site, day)
        with site.lake.connection() as conn:
            mark_retiring(conn, day.day)
        return Done(f"all tables have its rows; it goes in {grace_hours} h", {"days marked": 1})

    action = f"mark {day.blocks:,} blocks of {megabytes(day.bytes)} to be forgotten"
    return Step(f"raw blocks of {day.day}", action, do)


def _dropping(site: Site, day: RawDay) -> Step:
    numbers = {"blocks": day.blocks, "bytes": day.bytes}

    def do() -> Done:
        try:
            _check_covered(site, day)
        except NotCovered:
            with site.lake.connection() as conn:
                keep_after_all(conn, day.day)
            raise
        with site.lake.connection() as conn:
            drop_day(conn, day.day)
        return Done(f"{day.blocks:,} blocks forgotten; segment_sweep deletes their bytes", numbers)

    action = f"forget {day.blocks:,} blocks of {megabytes(day.bytes)}"
    return Step(f"raw blocks of {day.day}", action, do, numbers)


def _check_covered(site: Site, day: RawDay) -> None:
    """
    Check that every table which is kept up to date has all rows of the day.

    Raises:
        NotCovered: One has not.
    """
    for view in VIEWS:
        lacking = [
            cut
            for cut in uncovered(site.lake, view, site.tables)
            if cut.slice.start.date() == day.day
        ]
        if lacking:
            raise NotCovered(
                f"{view.name} lacks {len(lacking)} hours of {day.day}: they are kept until it has"
                " them; see the check no_gaps"
            )


RAW_RETENTION = Task(
    name="raw_retention",
    doc="Forgets raw blocks that are older, or more, than their rule keeps: whole days, an hour"
    " after all tables had their rows. What is kept per process and nobody asked for goes too.",
    settings=RawRetentionSettings,
    plan=plan,
    cron="37 * * * *",
)
