"""
What a rebuild records while it runs, and what a run that goes on from another one finds done.

Rule: an hour is recorded right after its commit, not at the end of the run. People see a backfill
advance, Dagster counts a cancelled or killed run's hours for what they are, and neither a retry of
a step nor "re-execute from failure" builds an hour twice.
"""

from collections.abc import Sequence

import dagster as dg
from dagster import DagsterEventType

from assets.materialize import Report, counted
from assets.storage.layout import Slice
from assets.views.physical import table_spec
from assets.views.view import View
from orchestration.hours import key_of, slice_of
from orchestration.lake_resource import OpenLake
from orchestration.limits import RESUMED_RUNS_MAX
from orchestration.table_facts import hour_metadata

RESUMED = "dagster/is_resume_retry"
"""Dagster puts it, as `true`, on a run that was asked to go on from a failed one."""


class Progress:
    """Records the hours of one step as they are done, if there are more than one."""

    def __init__(
        self, context: dg.AssetExecutionContext, opened: OpenLake, view: View, total: int
    ) -> None:
        self._context = context
        self._opened = opened
        self._view = view
        self._total = total
        self._done = 0

    def finished(self, slice_: Slice, report: Report) -> None:
        """Say that an hour is done, in the log of the run and in the status of its partition."""
        self._done += 1
        key = key_of(slice_.start)
        said = (
            f"{report.rows:,} rows in {report.seconds:.2f} s, {self._done} of {self._total} hours"
        )
        self._context.log.info("%s %s: %s done", self._view.name, key, said)
        if self._total == 1:
            return  # the end of the step records it, at once
        snapshot = self._opened.tables.snapshot(self._opened.lake, table_spec(self._view))
        facts = hour_metadata(self._opened.lake, self._view, snapshot, [slice_])[slice_]
        self._context.log_event(
            dg.AssetMaterialization(
                self._context.asset_key,
                partition=key,
                metadata={**facts, "hour seconds": round(report.seconds, 3)},
            )
        )


def done_before(
    context: dg.AssetExecutionContext, opened: OpenLake, view: View
) -> frozenset[Slice]:
    """
    Return the hours that this step need not build again, as what it goes on from has built them.

    That is an earlier try of the same step, or the failed run that this one was asked to go on
    from. An hour that another generation of the view has built since is not among them.
    """
    hours = built_by(context.instance, opened, view, _continued(context))
    if hours:
        context.log.info("%d hours were built by what this run goes on from", len(hours))
    return hours


def built_by(
    instance: dg.DagsterInstance, opened: OpenLake, view: View, run_ids: Sequence[str]
) -> frozenset[Slice]:
    """Return the hours of a view that runs have recorded and that are still of its generation."""
    hours: set[Slice] = set()
    for run_id in run_ids:
        hours |= _recorded(instance, run_id, dg.AssetKey(view.name))
    if hours:
        snapshot = opened.tables.snapshot(opened.lake, table_spec(view))
        counting = counted(view, snapshot, opened.lake.connection)
        hours -= counting.older.keys() | counting.unread
    return frozenset(hours)


def _continued(context: dg.AssetExecutionContext) -> Sequence[str]:
    """Return the runs that this step goes on from, at most `RESUMED_RUNS_MAX`."""
    runs = [context.run.run_id] if context.retry_number else []
    run: dg.DagsterRun | None = context.run
    while run and run.parent_run_id and run.tags.get(RESUMED) == "true":
        runs.append(run.parent_run_id)
        if len(runs) == RESUMED_RUNS_MAX:
            break
        run = context.instance.get_run_by_id(run.parent_run_id)
    return runs


def _recorded(instance: dg.DagsterInstance, run_id: str, asset: dg.AssetKey) -> set[Slice]:
    events = instance.all_logs(run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION)
    return {
        slice_of(event.dagster_event.partition)
        for event in events
        if event.dagster_event
        and event.dagster_event.asset_key == asset
        and event.dagster_event.partition
    }
