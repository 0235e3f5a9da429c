"""The assets of the Dagster UI, derived from the catalog of views."""

import warnings
from collections.abc import Sequence

import dagster as dg

from assets.views.physical import table_spec
from assets.views.view import View
from orchestration.hours import key_of, slice_of
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.limits import FAILURES_LISTED_MAX, STEP_RETRIES_MAX, STEP_RETRY_WAIT_S
from orchestration.run_tags import work_of
from orchestration.slice_work import TRY_AGAIN, Outcome, build
from orchestration.table_facts import definition_metadata, hour_metadata, table_metadata

RAW_BLOCKS = dg.AssetKey("raw_blocks")

BLOCKS_SOURCE = "blocks:"
"""Prefix of a view's source that is raw blocks of a tag, not another view."""


def raw_blocks_spec(hours: dg.PartitionsDefinition[str]) -> dg.AssetSpec:
    """Return the spec of what applications sent: the origin of all lineage."""
    return dg.AssetSpec(
        RAW_BLOCKS,
        description=(
            "Blocks as the receiver acknowledged them: segments in the object store, one row per "
            "block in Postgres. Nothing here is computed by Dagster."
        ),
        partitions_def=hours,
        group_name="raw",
        kinds={"postgres"},
    )


def upstream(view: View) -> list[dg.AssetKey]:
    """Return the assets that a view is built from."""
    keys = [
        RAW_BLOCKS if source.startswith(BLOCKS_SOURCE) else dg.AssetKey(source)
        for source in view.sources
    ]
    return list(dict.fromkeys(keys))


def on_demand_spec(view: View) -> dg.AssetSpec:
    """Return the spec of a per-process view, which the query service builds when asked."""
    return dg.AssetSpec(
        view.name,
        description=(
            f"{view.doc}\n\nBuilt on demand, one process at a time, by the query service: "
            f"`view_instance('{view.name}', '<stream_id>')`. It has no hours to launch here."
        ),
        deps=upstream(view),
        group_name="on_demand",
        kinds={"delta", "polars"},
        code_version=view.fingerprint,
        metadata=definition_metadata(view),
    )


def asset_for(view: View, hours: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    """Return the asset that keeps a global view's table up to date, one hour at a time."""

    @dg.asset(
        name=view.name,
        description=view.doc,
        deps=upstream(view),
        partitions_def=hours,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=f"delta:{view.name}",
        code_version=view.fingerprint,
        group_name="rollups" if view.merge else "views",
        kinds={"delta", "polars"},
        metadata=definition_metadata(view),
    )
    def materialize_view(
        context: dg.AssetExecutionContext, lake: LakeResource
    ) -> dg.MaterializeResult[None]:
        opened = lake.open()
        slices = [slice_of(key) for key in context.partition_keys]
        try:
            outcome = build(opened, view, slices, work_of(context.run.tags))
        except TRY_AGAIN as error:
            raise retry_later(context.retry_number) from error
        return report(context, opened, view, outcome)

    return materialize_view


def retry_later(retries: int) -> dg.RetryRequested:
    """Return what makes Dagster start the step again, after twice the wait of the time before."""
    return dg.RetryRequested(STEP_RETRIES_MAX, seconds_to_wait=STEP_RETRY_WAIT_S * 2**retries)


def report(
    context: dg.AssetExecutionContext, opened: OpenLake, view: View, outcome: Outcome
) -> dg.MaterializeResult[None]:
    """
    Record every finished hour with what its table holds now.

    Raises:
        dagster.Failure: Some hours failed; the finished ones are recorded all the same.
    """
    spec = table_spec(view)
    snapshot = opened.tables.snapshot(opened.lake, spec)
    whole = table_metadata(snapshot, opened.lake.table_uri(view.name), outcome)
    by_hour = hour_metadata(opened.lake, view, snapshot, outcome.done)
    if outcome.failed:
        for slice_, facts in by_hour.items():
            context.log_event(
                dg.AssetMaterialization(
                    context.asset_key, partition=key_of(slice_.start), metadata={**whole, **facts}
                )
            )
        raise failure_of(outcome)
    for slice_, facts in by_hour.items():
        context.add_asset_metadata(facts, partition_key=key_of(slice_.start))
    return dg.MaterializeResult(metadata=whole)


def failure_of(outcome: Outcome) -> dg.Failure:
    """Return the failure of a run: which hours are not up to date, and why."""
    lines = [
        f"{key_of(slice_.start)}: {type(error).__name__}: {error}"
        for slice_, error in list(outcome.failed.items())[:FAILURES_LISTED_MAX]
    ]
    unnamed = len(outcome.failed) - len(lines)
    if unnamed:
        lines.append(f"and {unnamed} more")
    total = len(outcome.failed) + len(outcome.done)
    return dg.Failure(
        f"{len(outcome.failed)} of {total} hours failed, the others are done:\n" + "\n".join(lines),
        allow_retries=False,
    )


def view_assets(
    views: Sequence[View], hours: dg.PartitionsDefinition[str]
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return one asset per view and the raw blocks that all of them come from."""
    with warnings.catch_warnings():
        # backfill_policy is marked beta: pyproject's range of Dagster versions is our answer.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return [
            raw_blocks_spec(hours),
            *(asset_for(v, hours) if v.scope == "global" else on_demand_spec(v) for v in views),
        ]
