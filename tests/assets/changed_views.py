"""Views as a newer program has them, and what that program's maintenance does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import drop_day
from assets.views.catalog import BUILT_IN, VIEWS, Views
from assets.views.view import View

HOUR = timedelta(hours=1)


def changed(view: View, **how: object) -> tuple[View, Views]:
    """Return a view as a newer program has it, and the views of that program."""
    newer = replace(view, **how)
    inputs = {view.name: newer}
    views = (
        newer if v.name == view.name else replace(v, inputs=inputs) if view.name in v.sources else v
        for v in VIEWS
    )
    return newer, Views(materialized=tuple(views))


def site(filled, views: Views = BUILT_IN) -> Site:
    return Site(filled.lake, filled.tables, datetime.now(UTC), views)


def done(filled, program: Views = BUILT_IN, **settings: object) -> Outcome:
    """Run the task rebuild_changed for the views of a program; it must not fail."""
    task = task_named("rebuild_changed")
    outcome = run(task, site(filled, program), task.settings(**settings), dry_run=False)
    assert [error for _, error in outcome.failed] == []
    return outcome


def sent(filled, new_sender, hours: int = 3, before: timedelta = timedelta(0)) -> None:
    """Send an event in each of so many hours, the newest last, and materialize."""
    sender = new_sender()
    for number in reversed(range(hours)):
        shift = -before - number * HOUR
        filled.write(sender, [{"time": number, "msg": f"e{number}"}], shift=shift)
    for view in VIEWS:
        if view.scope == "global":
            materialize(filled.lake, view, filled.tables)


def forget_raw(filled) -> None:
    """Drop all raw blocks, as retention does."""
    with filled.lake.connection() as conn:
        for day in raw_days(conn):
            drop_day(conn, day.day)
