"""Raw blocks that are older, or more, than their rule keeps are forgotten, whole days at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from pydantic import Field

from assets.maintain.covered import NotCovered, check_covered
from assets.maintain.limits import RAW_DAYS_MIN
from assets.maintain.partitions import finishing
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.raw_days import RawDay, raw_days
from assets.storage.metadata.retention import (
    LAKE,
    RAW,
    Rule,
    days_for_raw_rule,
    drop_day,
    half_dropped_days,
    keep_after_all,
    keep_unless_begun,
    mark_retiring,
    retiring_days,
    rules,
)
from assets.wording import size_text


class RawRetentionSettings(TaskSettings):
    """How careful to be."""

    grace_hours: int = Field(
        default=1,
        ge=1,
        description="A day is dropped so many hours after all tables were seen to have its rows:"
        " longer than any query takes.",
    )


def plan(site: Site, settings: RawRetentionSettings) -> Iterator[Step]:
    """
    Return a step for each day that is to go, the oldest first: it is marked, later dropped.

    Days that were marked when the rule was another one, and that it keeps now, are not to go. A
    drop that was cut off is finished, whichever rule it was for.
    """
    with site.lake.connection() as conn:
        rule = rules(conn).get(RAW)
        begun = half_dropped_days(conn)
        days = [day for day in raw_days(conn) if day.day not in begun] if rule else []
        marked = days_for_raw_rule(conn)
    yield from finishing(site, begun)
    overdue = _overdue(site, rule, days) if rule else []
    for day in sorted(set(marked) - {found.day for found in overdue} - set(begun)):
        yield _keeping(site, day)
    if rule:
        yield from steps_for(site, overdue, settings.grace_hours, rule)


def steps_for(site: Site, days: Iterable[RawDay], grace_hours: int, rule: Rule) -> Iterator[Step]:
    """Return the next step for each day that is to go by a rule; none while its grace lasts."""
    with site.lake.connection() as conn:
        covered_at = retiring_days(conn)
    for day in days:
        since = covered_at.get(day.day)
        if since is None:
            yield _marking(site, day, grace_hours, for_space=rule.subject == LAKE)
        elif since <= site.now - timedelta(hours=grace_hours):
            yield _dropping(site, day, rule)


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


def _marking(site: Site, day: RawDay, grace_hours: int, *, for_space: bool) -> Step:
    def do() -> Done:
        check_covered(site, day.day, rebuilt=not for_space)
        with site.lake.connection() as conn:
            mark_retiring(conn, day.day, for_space=for_space)
        return Done(f"all tables have its rows; it goes in {grace_hours} h", {"days marked": 1})

    action = f"mark {day.blocks:,} blocks of {size_text(day.bytes)} to be forgotten"
    return Step(f"raw blocks of {day.day}", action, do)


def _keeping(site: Site, day: date) -> Step:
    """Return a step that forgets a mark: the rule has changed since."""

    def do() -> Done:
        with site.lake.connection() as conn:
            kept = keep_unless_begun(conn, day, for_space=False)
        return Done("it stays", {"days kept": 1}) if kept else Done("its drop has begun already")

    return Step(f"raw blocks of {day}", "keep them after all: the rule has changed", do)


def _dropping(site: Site, day: RawDay, rule: Rule) -> Step:
    numbers = {"blocks": day.blocks, "bytes": day.bytes}

    def do() -> Done:
        with site.lake.connection() as conn:
            if rules(conn).get(rule.subject) != rule:
                # Its mark is left to the next plan, which knows what the rule is then.
                return Done("they stay: the rule has changed since this run began")
        try:
            check_covered(site, day.day, rebuilt=rule.subject != LAKE)
        except NotCovered:
            with site.lake.connection() as conn:
                keep_after_all(conn, day.day)
            raise
        with site.lake.connection() as conn:
            drop_day(conn, day.day)
        return Done(f"{day.blocks:,} blocks forgotten; segment_sweep deletes their bytes", numbers)

    action = f"forget {day.blocks:,} blocks of {size_text(day.bytes)}"
    return Step(f"raw blocks of {day.day}", action, do, numbers)


RAW_RETENTION = Task(
    name="raw_retention",
    doc="Forgets raw blocks that are older, or more, than their rule keeps: whole days, an hour"
    " after all tables had their rows. What is kept per process and nobody asked for goes too.",
    settings=RawRetentionSettings,
    plan=plan,
    cron="37 * * * *",
)
