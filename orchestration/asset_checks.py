"""
The checks as Dagster's asset checks, and the job that asks them all.

Derived from ``assets.checks.catalog``: a new check needs no line here. A failing check is a
warning: it blocks nothing, since no run downstream would be made better by waiting.
"""

from collections.abc import Sequence

import dagster as dg

from assets.checks.catalog import CHECKS
from assets.checks.check import Check, Verdict, ask
from assets.views.view import View
from orchestration.lake_resource import LakeResource

JOB_NAME = "checks"
CRON = "*/10 * * * *"


def asset_checks(views: Sequence[View]) -> list[dg.AssetChecksDefinition]:
    """Return one definition per view, with every check that makes sense for it."""
    return [_checks_of(view, [check for check in CHECKS if check.applies(view)]) for view in views]


def _checks_of(view: View, checks: Sequence[Check]) -> dg.AssetChecksDefinition:
    asset = dg.AssetKey(view.name)
    specs = [
        dg.AssetCheckSpec(check.name, asset=asset, description=f"{check.doc} {check.remedy}.")
        for check in checks
    ]

    # A subset, so that a person may ask one check again after doing what it says.
    @dg.multi_asset_check(name=f"check_{view.name}", specs=specs, can_subset=True)
    def look(  # type: ignore[no-untyped-def]  # noqa: ANN202  (a generator)
        context: dg.AssetCheckExecutionContext, lake: LakeResource
    ):
        site = lake.open().site()
        asked = {key.name for key in context.selected_asset_check_keys}
        for check in checks:
            if check.name in asked:
                yield _result(check, asset, ask(check, site, view))

    return look


def _result(check: Check, asset: dg.AssetKey, verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=verdict.passed,
        asset_key=asset,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.WARN,
        description=verdict.message,
        metadata=dict(verdict.numbers),
    )


def checks_schedule() -> dg.ScheduleDefinition:
    """Return the schedule of the job that asks every check of every view."""
    job = dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all_asset_checks(),
        description="Ask every check of every view; a failing one says what to do.",
    )
    return dg.ScheduleDefinition(
        name=f"{JOB_NAME}_schedule",
        job=job,
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Asks all checks every ten minutes.",
    )
