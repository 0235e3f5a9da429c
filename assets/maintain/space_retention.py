"""
The oldest days go, rows and raw blocks alike, when the lake outgrows its budget or its disk.

A day goes whole or stays whole. One that a table lacks stays, and later ones go in its place: but
only so many are passed over, as more is no accident of a day but something that has to be mended.

It begins when the bound of the rule is passed and stops some way below it, so that it does not
begin again with the next file. Below the bound only days go that it has begun with: their rows are
gone already. What was dropped, and is deleted only later, counts as gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from pydantic import Field

from assets.errors import LakeError
from assets.maintain import raw_retention, view_retention
from assets.maintain.covered import NotCovered, NotSettled, check_covered
from assets.maintain.limits import (
    SPACE_DAYS_MIN,
    SPACE_FREE_MORE_PERCENT,
    SPACE_HELD_DAYS_MAX,
    SPACE_LOW_PERCENT,
)
from assets.maintain.partitions import finishing
from assets.maintain.segment_sweep import SEGMENT_SWEEP, SegmentSweepSettings
from assets.maintain.tables import SliceFiles, slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.maintain.vacuuming import VACUUMING, VacuumSettings
from assets.storage.disk import data_file_bytes, disk_of
from assets.storage.metadata.raw_days import RawDay, raw_days
from assets.storage.metadata.retention import (
    LAKE,
    Rule,
    days_for_space,
    half_dropped_days,
    keep_unless_begun,
    rules,
    unreferenced_bytes,
)
from assets.views.view import View
from assets.wording import size_text


class NoSpace(LakeError):
    """Nothing is left that may go, and the lake is still over its bound."""

    code = "no_space"


class SpaceRetentionSettings(TaskSettings):
    """How careful to be."""

    grace_hours: int = Field(
        default=1,
        ge=1,
        description="Raw blocks go so many hours after all tables were seen to have their rows.",
    )


@dataclass(slots=True)
class Day:
    """What arrived on a UTC day: raw blocks, and the slices of each table."""

    date: date
    raw: RawDay | None = None
    slices: list[tuple[View, SliceFiles]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """What is stored of it."""
        of_raw = 0 if self.raw is None else self.raw.bytes
        return of_raw + sum(one.bytes for _, one in self.slices)


@dataclass(frozen=True, slots=True)
class Excess:
    """
    How much has to go.

    Attributes:
        bytes: So many.
        disk_is_full: What has gone is waited for on the disk.
        is_over: A bound is passed. Otherwise what was begun is brought to its end.
    """

    bytes: int
    disk_is_full: bool
    is_over: bool


def plan(site: Site, settings: SpaceRetentionSettings) -> Iterator[Step]:
    """Return steps for the oldest days, as many as have to go; none while there is room."""
    with site.lake.connection() as conn:
        rule = rules(conn).get(LAKE)
        half = half_dropped_days(conn)
        marked = {day: same for day, same in days_for_space(conn).items() if day not in half}
    yield from finishing(site, half)
    if rule is None:
        yield from (_keeping(site, day) for day in sorted(marked))
        return
    days = _days(site)
    begun = {day for day, same_rule in marked.items() if same_rule}
    excess = _excess(site, rule, days, bool(begun))
    if excess.disk_is_full:
        yield from VACUUMING.plan(site, VacuumSettings())
        yield from SEGMENT_SWEEP.plan(site, SegmentSweepSettings())
    left = excess.bytes
    last = site.now.date() - timedelta(days=SPACE_DAYS_MIN)
    wanted, held = set(), 0
    for day in days if excess.is_over else [day for day in days if day.date in begun]:
        if left <= 0 or day.date > last or held > SPACE_HELD_DAYS_MAX:
            break
        lacking = _lacking(site, day)
        if lacking:
            yield _staying(day, lacking)
            held += 1
            continue
        wanted.add(day.date)
        yield from _steps(site, day, settings.grace_hours, rule)
        left -= day.bytes
    yield from (_keeping(site, day) for day in sorted(marked.keys() - wanted))
    if left > 0 and excess.is_over:
        yield _too_much(left, held)


def _days(site: Site) -> list[Day]:
    """Return what there is of each day, the oldest first; drops that are under way are done."""
    days: dict[date, Day] = {}
    with site.lake.connection() as conn:
        begun = half_dropped_days(conn)
        for raw in raw_days(conn):
            if raw.day not in begun:
                days.setdefault(raw.day, Day(raw.day)).raw = raw
    for view in site.views.materialized:
        for one in slices_of(snapshot_of(site, view)):
            day = one.slice.start.date()
            days.setdefault(day, Day(day)).slices.append((view, one))
    return [days[day] for day in sorted(days)]


def _excess(site: Site, rule: Rule, days: list[Day], begun: bool) -> Excess:
    """Return how much has to go, so that there is room again by every bound of the rule."""
    live = sum(day.bytes for day in days)
    over = 0
    is_over = rule.keep_bytes is not None and live > rule.keep_bytes
    if rule.keep_bytes is not None:
        low = rule.keep_bytes * SPACE_LOW_PERCENT // 100
        if live > low and (is_over or begun):
            over = live - low
    disk = disk_of(site.lake) if rule.keep_free_percent is not None else None
    if disk is None or rule.keep_free_percent is None:
        return Excess(over, disk_is_full=False, is_over=is_over)
    wanted = disk.total * rule.keep_free_percent // 100
    if disk.free >= wanted:
        return Excess(over, disk_is_full=False, is_over=is_over)
    with site.lake.connection() as conn:
        going = unreferenced_bytes(conn)
    in_tables = sum(one.bytes for day in days for _, one in day.slices)
    going += max(data_file_bytes(site.lake) - in_tables, 0)
    more = disk.total * SPACE_FREE_MORE_PERCENT // 100
    lacking = wanted + more - disk.free - going if disk.free + going < wanted else 0
    return Excess(max(over, lacking), disk_is_full=going > 0, is_over=is_over or lacking > 0)


def _lacking(site: Site, day: Day) -> NotCovered | None:
    """Return why a day cannot go; None if it can, or as soon as some transaction has ended."""
    if day.raw is None or not day.raw.blocks:
        return None
    try:
        check_covered(site, day.date, rebuilt=False)
    except NotSettled:
        return None
    except NotCovered as error:
        return error
    return None


def _staying(day: Day, lacking: NotCovered) -> Step:
    """Return a step that says why a day stays whole; others go on."""

    def do() -> Done:
        raise lacking

    action = f"{size_text(day.bytes)} stay, and later days go in their place: {lacking}"
    return Step(f"everything of {day.date}", action, do)


def _steps(site: Site, day: Day, grace_hours: int, rule: Rule) -> Iterator[Step]:
    if day.raw is not None:
        yield from raw_retention.steps_for(site, [day.raw], grace_hours, rule)
    by_view: dict[str, tuple[View, list[SliceFiles]]] = {}
    for view, one in day.slices:
        by_view.setdefault(view.name, (view, []))[1].append(one)
    for view, slices in by_view.values():
        yield from view_retention.steps_for(site, view, slices)


def _keeping(site: Site, day: date) -> Step:
    """Return a step that forgets a mark: the day is not to go any more."""

    def do() -> Done:
        with site.lake.connection() as conn:
            keep_unless_begun(conn, day, for_space=True)
        return Done("it stays", {"days kept": 1})

    return Step(f"raw blocks of {day}", "keep them after all: there is room again", do)


def _too_much(left: int, held: int) -> Step:
    def do() -> Done:
        if held > SPACE_HELD_DAYS_MAX:
            raise NoSpace(
                f"{size_text(left)} more would have to go, and the {held} oldest days cannot: no"
                f" more than {SPACE_HELD_DAYS_MAX} are passed over for later ones. Do what their"
                " steps say, or give the lake a larger disk or budget"
            )
        raise NoSpace(
            f"{size_text(left)} more would have to go, and only the newest {SPACE_DAYS_MIN} days"
            " are left, which stay: give the lake a larger disk or budget"
        )

    return Step(LAKE, f"{size_text(left)} more would have to go", do)


SPACE_RETENTION = Task(
    name="space_retention",
    doc="Removes the oldest days, rows and raw blocks, when the lake is over the size that the rule"
    " of the subject lake keeps, or its disk is fuller. Without such a rule it does nothing.",
    settings=SpaceRetentionSettings,
    plan=plan,
    cron="57 * * * *",
)
