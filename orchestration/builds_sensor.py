"""
The sensor that tells Dagster of what was built without it: by query services and by commands.

Rule: a report is deleted after Dagster has its events. A tick that is cut short in between tells
them once more, which changes nothing but a time in the UI. Reports of views that were defined since
this code location was loaded wait until it is loaded again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from assets.storage.metadata.build_reports import (
    BuildReport,
    build_reports,
    forget_older_reports,
    forget_reports,
)
from assets.views.physical import table_spec
from assets.views.view import View
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.limits import BUILD_UNTOLD_MAX, BUILDS_PER_TICK_MAX
from orchestration.process_assets import hours_text
from orchestration.table_facts import hour_metadata

BUILDS_SENSOR_NAME = "service_builds"


def builds_sensor(
    views: Sequence[View], *, first_hour: datetime, interval_s: int
) -> dg.SensorDefinition:
    """Return the sensor over the reports of builds; it ticks every *interval_s* seconds."""
    known = {view.name: view for view in views}

    @dg.sensor(
        name=BUILDS_SENSOR_NAME,
        minimum_interval_seconds=interval_s,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Records what query services and commands built by themselves.",
    )
    def record_builds(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SkipReason:
        opened = lake.open()
        with opened.lake.connection() as conn:
            reports = build_reports(conn, BUILDS_PER_TICK_MAX, known)
        told = 0
        for event in events_of(opened, known, reports, first_hour, datetime.now(UTC)):
            context.instance.report_runless_asset_event(event)
            told += 1
        with opened.lake.connection() as conn:
            forget_reports(conn, [report.report_id for report in reports])
            forget_older_reports(conn, BUILD_UNTOLD_MAX)
        return dg.SkipReason(f"Recorded {told} materializations of {len(reports)} builds.")

    return record_builds


def events_of(
    opened: OpenLake,
    views: Mapping[str, View],
    reports: Sequence[BuildReport],
    first_hour: datetime,
    now: datetime,
) -> Iterator[dg.AssetMaterialization]:
    """
    Yield what Dagster is to know: an event for each hour, or for each process.

    Dagster takes any partition key without a look, so hours that are no partitions are left out
    here. Of an hour that several reports name, the newest counts.
    """
    for name, view in views.items():
        ours = [report for report in reports if report.view == name and report.slices]
        if not ours:
            continue
        if view.scope == "process":
            yield from (_of_process(view, report) for report in ours)
            continue
        newest = {slice_: report for report in ours for slice_ in report.slices}
        slices = sorted(s for s in newest if first_hour <= s.start <= now)
        snapshot = opened.tables.snapshot(opened.lake, table_spec(view))
        facts = hour_metadata(opened.lake, view, snapshot, slices)
        for slice_ in slices:
            yield dg.AssetMaterialization(
                name,
                partition=key_of(slice_.start),
                description=f"Built by {newest[slice_].builder}.",
                metadata={**facts[slice_], **_numbers(newest[slice_])},
            )


def _of_process(view: View, report: BuildReport) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        view.name,
        description=f"Process {report.process_id}, built by {report.builder}.",
        metadata={
            "process id": report.process_id,
            "hours": hours_text([slice_.start for slice_ in report.slices]),
            **_numbers(report),
        },
    )


def _numbers(report: BuildReport) -> dict[str, Any]:
    return {
        "built by": report.builder,
        "build rows": report.rows,
        "build payload bytes": report.bytes,
        "build blocks": report.blocks,
        "build seconds": round(report.seconds, 3),
    }
