"""
The one Dagster code location: everything of the lake that Dagster shows and supervises.

Loading it opens no lake: the UI comes up, and says what is wrong, while Postgres is down. Only the
views that operators define are missing then, until it is loaded again.
"""

import dagster as dg

from assets.maintain.catalog import TASKS
from orchestration.asset_checks import asset_checks, checks_schedule
from orchestration.builds_sensor import builds_sensor
from orchestration.hours import hourly_partitions
from orchestration.known_views import views_at_load
from orchestration.lake_resource import LakeResource
from orchestration.limits import BUILDS_TOLD_EVERY_S
from orchestration.maintenance import maintenance
from orchestration.process_assets import PROCESS_JOB_NAME
from orchestration.request_runs import Served
from orchestration.requests_sensor import requests_sensor
from orchestration.run_tags import WORK
from orchestration.settings import SENSOR_FLOOR_S, OrchestrationSettings
from orchestration.uncovered_sensor import uncovered_slices_sensor
from orchestration.view_assets import Shown, view_assets

JOB_NAME = "materialize_increments"
"""The job whose runs the sensor asks for; by hand it brings chosen hours up to date."""

_SETTINGS = OrchestrationSettings()
_HOURS = hourly_partitions(_SETTINGS.first_hour)
_SHOWN = Shown(owners=_SETTINGS.owners_named, previews=_SETTINGS.previews)
_VIEWS = views_at_load().materialized
_CONTINUOUS = [view for view in _VIEWS if view.scope == "global"]
_ON_DEMAND = [view for view in _VIEWS if view.scope == "process"]
_INCREMENTS = dg.define_asset_job(
    JOB_NAME,
    selection=dg.AssetSelection.assets(*(v.name for v in _CONTINUOUS)).without_checks(),
    description="Append to the tables what they miss of the chosen hours; rebuilds nothing.",
    tags={WORK: "increment"},
)
_SENSOR = uncovered_slices_sensor(_CONTINUOUS, JOB_NAME, _SETTINGS)
_PROCESSES = dg.define_asset_job(
    PROCESS_JOB_NAME,
    selection=dg.AssetSelection.assets(*(v.name for v in _ON_DEMAND)).without_checks(),
    description="Build one process's part of a view; choose the view, name the process.",
)
_REQUESTS = requests_sensor(
    Served({view.name: view for view in _VIEWS}, JOB_NAME, _SETTINGS.first_hour),
    [_INCREMENTS, _PROCESSES],
    interval_s=SENSOR_FLOOR_S,
)
_BUILDS = builds_sensor(_VIEWS, first_hour=_SETTINGS.first_hour, interval_s=BUILDS_TOLD_EVERY_S)

_JOBS, _SCHEDULES, _HISTORIES = maintenance(TASKS, _SETTINGS.owners_named)

defs = dg.Definitions(
    assets=[*view_assets(_VIEWS, _HOURS, _SHOWN), *_HISTORIES],
    asset_checks=asset_checks(_VIEWS),
    jobs=[_INCREMENTS, _PROCESSES, *_JOBS],
    schedules=[checks_schedule(), *_SCHEDULES],
    sensors=[_SENSOR, _REQUESTS, _BUILDS],
    resources={"lake": LakeResource()},
    executor=dg.in_process_executor,
)
