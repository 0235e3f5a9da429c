"""The assets of the Dagster UI, derived from the catalog of views: here those with hours."""

import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

from assets.maintain.expired import expired
from assets.maintain.older import rebuilding
from assets.materialize import uncovered
from assets.storage.layout import Slice
from assets.views.generation import fingerprint_of
from assets.views.physical import table_spec
from assets.views.view import View
from orchestration.hours import key_of, slice_of
from orchestration.lag_plot import lag_over_time
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.lineage import KINDS, RAW_BLOCKS, upstream
from orchestration.process_assets import process_asset
from orchestration.progress import Progress, done_before
from orchestration.run_failures import failure_of, retry_later
from orchestration.run_tags import say_why, stop_after_s, work_of
from orchestration.slice_work import TRY_AGAIN, Outcome, build
from orchestration.table_facts import (
    LEFT,
    UNKEPT,
    definition_metadata,
    hour_metadata,
    hour_pictures,
    left_as_they_are,
    table_metadata,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the UI shows besides what follows from the views: see the settings of these names."""

    owners: tuple[str, ...] = ()
    previews: bool = True


def raw_blocks_spec(owners: Sequence[str]) -> dg.AssetSpec:
    """
    Return the spec of what applications sent: the origin of all lineage.

    It has no hours: nobody materializes them here, so all would be shown as missing.
    """
    return dg.AssetSpec(
        RAW_BLOCKS,
        description=(
            "Blocks as the receiver acknowledged them: segments in the object store, one row per "
            "block in Postgres. Nothing here is computed by Dagster."
        ),
        group_name="raw",
        owners=owners,
        kinds={"postgres"},
    )


def asset_for(view: View, hours: dg.PartitionsDefinition[str], shown: Shown) -> dg.AssetsDefinition:
    """Return the asset that keeps a global view's table up to date, one hour at a time."""

    @dg.asset(
        name=view.name,
        description=view.doc,
        deps=upstream(view),
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
        output_required=False,
        # Its places (stack.limits) are more than the long runs that there can be: increments wait
        # for none. Two runs at one slice are told apart by the table's commits.
        pool=f"delta:{view.name}",
        code_version=fingerprint_of(view),
        group_name="rollups" if view.merge else "views",
        owners=shown.owners,
        kinds=KINDS,
        metadata=definition_metadata(view),
    )
    def materialize_view(
        context: dg.AssetExecutionContext, lake: LakeResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        opened = lake.open()
        tags = context.run.tags
        say_why(context.instance, context.run, len(context.partition_keys))
        before = done_before(context, opened, view)
        left = [hour for hour in map(slice_of, context.partition_keys) if hour not in before]
        progress = Progress(context, opened, view, len(left))
        try:
            # Before the build: afterwards the hour is the oldest that the table holds.
            unkept = (
                expired(opened.site(), view, left) if work_of(tags) == "rebuild" else frozenset()
            )
            outcome = build(
                opened,
                view,
                left,
                work_of(tags),
                progress.finished,
                stop_after_s=stop_after_s(tags),
            )
        except TRY_AGAIN as error:
            raise retry_later(context.retry_number) from error
        if outcome.failed:
            raise failure_of(outcome)
        yield from report(context, opened, view, outcome, shown, unkept=unkept)

    return materialize_view


def report(
    context: dg.AssetExecutionContext,
    opened: OpenLake,
    view: View,
    outcome: Outcome,
    shown: Shown,
    *,
    unkept: Collection[Slice],
) -> Iterator[dg.MaterializeResult[None]]:
    """
    Record every hour of a run with what its table holds now, and how it looks.

    Of a run that was cut short only the hours are recorded whose blocks are all in the table. Its
    step has no output then: Dagster would take that for all hours of the run. Of those that are
    *unkept* it is said that their rows go again.
    """
    spec = table_spec(view)
    snapshot = opened.tables.snapshot(opened.lake, spec)
    slices = [slice_of(key) for key in context.partition_keys]
    by_hour = hour_metadata(opened.lake, view, snapshot, slices)
    try:
        pictures = hour_pictures(opened.lake, view, snapshot, slices, previews=shown.previews)
        lag = lag_over_time(context.instance, context.asset_key)
    except Exception as error:
        context.log.warning("No plots and no rows: %s: %s", type(error).__name__, error)
        pictures, lag = {}, None
    if lag:
        last = max(slices)
        plotted = {"lag over time": dg.MetadataValue.md(lag)}
        pictures[last] = {**plotted, **pictures.get(last, {})}
    left = left_as_they_are(outcome, by_hour) if work_of(context.run.tags) == "rebuild" else {}
    if left:
        context.log.warning("%d hours stay as they are: %s", len(left), LEFT)
    if unkept:
        context.log.warning("%d hours are rebuilt for a while: %s", len(unkept), UNKEPT)
    whole = table_metadata(snapshot, opened.lake.table_uri(spec.name), outcome)
    progress = rebuilding(opened.site(), view)
    if progress.described:
        whole["of an older version"] = progress.described
    # All of it is told of each hour, in this order: Dagster shows what is told of all first.
    told_of = {
        slice_: {
            **left.get(slice_, {}),
            **({"kept for a while": UNKEPT} if slice_ in unkept else {}),
            **pictures.get(slice_, {}),
            **facts,
            **whole,
        }
        for slice_, facts in by_hour.items()
    }
    if any(done.cut_short for done in outcome.reports):
        lacking = {cut.slice for cut in uncovered(opened.lake, view, opened.tables)}
        for slice_ in sorted(told_of.keys() - lacking):
            context.log_event(
                dg.AssetMaterialization(
                    context.asset_key, partition=key_of(slice_.start), metadata=told_of[slice_]
                )
            )
        return
    for slice_, facts in told_of.items():
        context.add_asset_metadata(facts, partition_key=key_of(slice_.start))
    yield dg.MaterializeResult()


def view_assets(
    views: Sequence[View], hours: dg.PartitionsDefinition[str], shown: Shown | None = None
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return one asset per view and the raw blocks that all of them come from."""
    shown = shown or Shown()
    with warnings.catch_warnings():
        # backfill_policy is marked beta: pyproject's range of Dagster versions is our answer.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return [
            raw_blocks_spec(shown.owners),
            *(
                asset_for(view, hours, shown)
                if view.scope == "global"
                else process_asset(view, shown.owners)
                for view in views
            ),
        ]
