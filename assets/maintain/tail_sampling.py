"""
Raw blocks that no rule of sampling keeps are forgotten, once they are as old as the rule says.

What to keep is known only afterwards, so a rule looks at a whole day, some days later. As with
``raw_retention`` a day is marked when all tables have its rows, and its blocks go some time after
that. What tables hold stays until their own retention.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from pydantic import Field

from assets.errors import CallerError, LakeError
from assets.maintain.asked_views import views_asked
from assets.maintain.covered import NotCovered, check_covered
from assets.maintain.limits import KEPT_PROCESSES_MAX, SAMPLED_DAYS_PER_RUN
from assets.maintain.tables import slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.materialize import counted
from assets.storage.metadata.forgetting import Going
from assets.storage.metadata.raw_days import RawDay, raw_days
from assets.storage.metadata.retention import LAKE, rules
from assets.storage.metadata.sampling import (
    SampledDay,
    SamplingRule,
    forget_unkept,
    going,
    mark_sampled_day,
    sampled_days,
    sampling_rules,
    unmark_sampled_day,
)
from assets.wording import size_text

_DAY = timedelta(days=1)


class DayForgotten(CallerError):
    """What a rule would have to know about a day is gone; other days do not wait for it."""


class TailSamplingSettings(TaskSettings):
    """How careful to be."""

    grace_hours: int = Field(
        default=1,
        ge=1,
        description="Blocks go so many hours after all tables were seen to have their rows: longer"
        " than any query takes.",
    )


def plan(site: Site, settings: TailSamplingSettings) -> Iterator[Step]:
    """Return a step for each rule and day that is old enough, oldest first: mark, later forget."""
    with site.lake.connection() as conn:
        found = sampling_rules(conn)
        days = raw_days(conn) if found else []
        states = {rule.name: sampled_days(conn, rule.name) for rule in found}
    grace = timedelta(hours=settings.grace_hours)
    for rule in found:
        begun = states[rule.name]
        looked_at = 0
        for day in (day for day in days if _is_due(site, rule, day, begun.get(day.day))):
            if looked_at == SAMPLED_DAYS_PER_RUN:
                break
            try:
                keep = kept_processes(site, rule, day.day)
            except DayForgotten as error:
                yield _failing(rule, day.day, error)
                continue  # others may be all there
            except LakeError as error:
                yield _failing(rule, day.day, error)
                break
            looked_at += 1
            with site.lake.connection() as conn:
                goes = going(conn, rule, day.day, keep)
            state = begun.get(day.day)
            if state is None:
                yield _marking(site, rule, day.day, goes, settings.grace_hours)
            elif state.covered_at <= site.now - grace:
                yield _forgetting(site, rule, day.day, keep, goes)


def kept_processes(site: Site, rule: SamplingRule, day: date) -> list[str]:
    """
    Return the processes whose blocks of a day a rule keeps.

    Raises:
        QuestionFailed: The query service does not answer the rule's SQL.
        CallerError: Its answer is no list of process ids, or the views that it asks forget sooner.
        DayForgotten: They have forgotten some of what it is asked about.
    """
    if rule.keep is None:
        return []
    _check_views_remember(site, rule)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    around = timedelta(days=rule.around_days)
    begin, end = start - around, start + _DAY + around
    _check_views_remembered(site, rule, begin, end)  # before it: what is refused costs no query
    answer = site.ask(rule.keep, begin, end)
    _check_views_remembered(site, rule, begin, end)  # after it: what goes meanwhile is seen too
    found = {row[0] for row in answer if row[0] is not None}
    if len(found) > KEPT_PROCESSES_MAX:
        raise CallerError(
            f"rule {rule.name} keeps over {KEPT_PROCESSES_MAX:,} processes of {day}: nothing goes"
        )
    try:
        return sorted(str(UUID(str(value))) for value in found)
    except ValueError as exc:
        raise CallerError(
            f"rule {rule.name}: the first column of its SQL is not a process_id ({exc})"
        ) from exc


def _check_views_remember(site: Site, rule: SamplingRule) -> None:
    """Refuse a rule whose question comes when the views that it asks have forgotten the answer."""
    needed = rule.after_days + rule.around_days + 2
    with site.lake.connection() as conn:
        kept = rules(conn)
    for name, bound in kept.items():
        if _asks(rule, name) and bound.keep_days is not None and bound.keep_days < needed:
            raise CallerError(
                f"rule {rule.name} asks {name}, which is kept {bound.keep_days} days: it must be"
                f" kept at least {needed}, or the rule would forget what it should keep"
            )


def _check_views_remembered(site: Site, rule: SamplingRule, begin: datetime, end: datetime) -> None:
    """
    Refuse an answer when a rule by size has emptied hours that the question is about.

    How long such a rule keeps is not known before, so what is left is looked at: hours that a table
    covers and that are older than all that it holds.
    """
    with site.lake.connection() as conn:
        ruled = rules(conn).items()
    by_size = {name for name, bound in ruled if name == LAKE or bound.keep_bytes is not None}
    for view in site.views.materialized:
        if not _asks(rule, view.name) or not by_size & {view.name, LAKE}:
            continue
        snapshot = snapshot_of(site, view)
        first = min((one.slice.start for one in slices_of(snapshot)), default=site.now)
        coverage = counted(view, snapshot, site.lake.connection).coverage
        if any(begin <= one.start < min(first, end) for one in coverage):
            raise DayForgotten(
                f"rule {rule.name} asks {view.name} from {begin:%Y-%m-%d} on, of which retention by"
                f" size has left what came since {first:%Y-%m-%d %H:%M}: it would forget what it"
                " should keep, so nothing goes; give the view more room, or the rule fewer days"
            )


def _asks(rule: SamplingRule, name: str) -> bool:
    """Tell whether a rule's SQL asks a view, or may."""
    asked = views_asked(rule.keep or "")
    return asked is None or name.lower() in asked


def _is_due(site: Site, rule: SamplingRule, day: RawDay, state: SampledDay | None) -> bool:
    done = state is not None and state.done_at is not None
    old = day.end <= site.now - timedelta(days=rule.after_days)
    return old and not done and day.blocks > 0


def _size(goes: Going) -> str:
    return f"{goes.blocks:,} blocks of {size_text(goes.bytes)}"


def _marking(site: Site, rule: SamplingRule, day: date, goes: Going, grace_hours: int) -> Step:
    def do() -> Done:
        check_covered(site, day)
        with site.lake.connection() as conn:
            mark_sampled_day(conn, rule.name, day)
        return Done(f"all tables have its rows; they go in {grace_hours} h", {"days marked": 1})

    return Step(f"{rule.name} {day}", f"mark {_size(goes)} to be forgotten", do)


def _forgetting(site: Site, rule: SamplingRule, day: date, keep: list[str], goes: Going) -> Step:
    def do() -> Done:
        with site.lake.connection() as conn:
            if rule not in sampling_rules(conn):
                return Done("they stay: the rule has changed since this run began")
        try:
            check_covered(site, day)
        except NotCovered:
            with site.lake.connection() as conn:
                unmark_sampled_day(conn, rule.name, day)
            raise
        with site.lake.connection() as conn:
            gone = forget_unkept(conn, rule, day, keep)
        return Done(f"{_size(gone)} forgotten", {"blocks": gone.blocks, "bytes": gone.bytes})

    action = f"forget {_size(goes)}, keep those of {len(keep):,} processes"
    return Step(f"{rule.name} {day}", action, do, {"blocks": goes.blocks, "bytes": goes.bytes})


def _failing(rule: SamplingRule, day: date, error: LakeError) -> Step:
    """Return a step that says why a rule cannot be followed; others go on."""

    def do() -> Done:
        raise error

    return Step(f"{rule.name} {day}", f"cannot be asked: {error}", do)


TAIL_SAMPLING = Task(
    name="tail_sampling",
    doc="Forgets raw blocks that the rules of set_sampling do not keep: day by day, when the day is"
    " as old as the rule says and an hour after all tables had its rows. Rows in tables stay.",
    settings=TailSamplingSettings,
    plan=plan,
    cron="47 * * * *",
)
