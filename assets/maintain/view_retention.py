"""Rows of views that are older, or more, than their rule keeps leave the tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from pydantic import Field

from assets.maintain.limits import SLICES_PER_COMMIT
from assets.maintain.tables import SliceFiles, slices_of, snapshot_of
from assets.maintain.task import Done, Site, Step, Task, TaskSettings
from assets.storage.metadata.retention import Rule, rules
from assets.storage.tables import TableSpec, retire_slices
from assets.views.physical import table_spec
from assets.views.view import View
from assets.wording import size_text


class ViewRetentionSettings(TaskSettings):
    """Whose rows to look at."""

    views: list[str] = Field(default=[], description="Names of views; empty: all with a rule.")


def plan(site: Site, settings: ViewRetentionSettings) -> Iterator[Step]:
    """Return a step for each day of a table of which slices are to go, the oldest first."""
    with site.lake.connection() as conn:
        kept = rules(conn)
    for view in site.views.chosen(settings.views):
        rule = kept.get(view.name)
        if rule is None:
            continue
        overdue = _overdue(site, rule, list(slices_of(snapshot_of(site, view))))
        yield from (
            _unless_changed(site, view, rule, step) for step in steps_for(site, view, overdue)
        )


def _unless_changed(site: Site, view: View, rule: Rule, step: Step) -> Step:
    """Return the step, which does nothing once its rule is another: rows would go for good."""

    def do() -> Done:
        with site.lake.connection() as conn:
            now = rules(conn).get(view.name)
        if now != rule:
            return Done("nothing removed: the rule has changed since; the next run goes by it", {})
        return step.do()

    return replace(step, do=do)


def steps_for(site: Site, view: View, slices: Iterable[SliceFiles]) -> Iterator[Step]:
    """Return a step for each day of which slices are to go, the oldest first."""
    ordered = sorted(slices, key=lambda one: one.slice)
    for date, of_day in groupby(ordered, key=lambda one: one.slice.date):
        for group in _by_commit(of_day):
            yield _step(site, table_spec(view), date, group)


def _by_commit(slices: Iterable[SliceFiles]) -> Iterator[list[SliceFiles]]:
    """Yield what one commit takes away; a merged day counts with all its hours."""
    group: list[SliceFiles] = []
    hours = 0
    for one in slices:
        if hours + len(one.slice.hours) > SLICES_PER_COMMIT:
            yield group
            group, hours = [], 0
        group.append(one)
        hours += len(one.slice.hours)
    if group:
        yield group


def _overdue(site: Site, rule: Rule, slices: Sequence[SliceFiles]) -> list[SliceFiles]:
    """Return what is older than the rule keeps, and the oldest of what is beyond its size."""
    found = []
    size = 0
    for one in sorted(slices, key=lambda one: one.slice, reverse=True):
        size += one.bytes
        too_old = rule.keep_days is not None and one.slice.end <= site.now - timedelta(
            days=rule.keep_days
        )
        ended = one.slice.end <= site.now
        too_much = rule.keep_bytes is not None and size > rule.keep_bytes and ended
        if too_old or too_much:
            found.append(one)
    return found


def _step(site: Site, spec: TableSpec, date: str, slices: Sequence[SliceFiles]) -> Step:
    rows, size = sum(one.rows for one in slices), sum(one.bytes for one in slices)
    numbers = {"slices": len(slices), "rows": rows, "bytes": size}

    def do() -> Done:
        retire_slices(site.lake, spec, [one.slice for one in slices])
        return Done(f"{rows:,} rows removed; vacuum deletes their files", numbers)

    action = f"remove {len(slices)} slices, {rows:,} rows of {size_text(size)}"
    return Step(f"{spec.name} {date}", action, do, numbers)


VIEW_RETENTION = Task(
    name="view_retention",
    doc="Removes from the tables what is older, or more, than its rule keeps. It writes the tables'"
    " logs only; vacuum deletes the files later. Raw blocks are not touched.",
    settings=ViewRetentionSettings,
    plan=plan,
    cron="7 2 * * *",
)
