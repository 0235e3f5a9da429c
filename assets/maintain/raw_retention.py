"""Raw blocks that are older, or more, than their rule keeps are forgotten, whole days at a time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from assets.errors import LakeError
from assets.maintain.limits import RAW_DAYS_MIN
from assets.maintain.tables import megabytes
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import uncovered
from assets.storage.metadata.retention import RAW, RawDay, Rule, drop_day, raw_days, rules
from assets.views.catalog import VIEWS


class NotCovered(LakeError):
    """Raw blocks cannot go: a table lacks their rows still."""

    code = "not_covered"


def plan(site: Site, _: TaskSettings) -> Iterator[Step]:
    """Return a step for each day that is to go, the oldest first."""
    with site.lake.connection() as conn:
        rule = rules(conn).get(RAW)
        days = raw_days(conn) if rule else []
    if rule:
        for day in _overdue(site, rule, days):
            yield _step(site, day)


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


def _step(site: Site, day: RawDay) -> Step:
    numbers = {"blocks": day.blocks, "bytes": day.bytes}

    def do() -> Done:
        _check_covered(site, day)
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
    doc="Forgets raw blocks that are older, or more, than `limnod retention raw` says, a day at a"
    " time, once all tables have their rows. What is kept per process and was never asked for goes"
    " with them.",
    settings=TaskSettings,
    plan=plan,
    cron="37 2 * * *",
)
