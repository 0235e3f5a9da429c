"""
The one Dagster code location: everything of the lake that Dagster shows and supervises.

Loading it opens nothing: the UI comes up, and says what is wrong, while Postgres is down.
"""

import dagster as dg

from assets.maintain.catalog import TASKS
from assets.views.catalog import VIEWS
from orchestration.asset_checks import asset_checks, checks_schedule
from orchestration.hours import hourly_partitions
from orchestration.lake_resource import LakeResource
from orchestration.maintenance import maintenance
from orchestration.requests_sensor import requests_sensor
from orchestration.run_tags import WORK
from orchestration.settings import SENSOR_FLOOR_S, OrchestrationSettings
from orchestration.uncovered_sensor import uncovered_slices_sensor
from orchestration.view_assets import view_assets

JOB_NAME = "materialize_increments"
"""The job whose runs the sensor asks for; by hand it brings chosen hours up to date."""

_SETTINGS = OrchestrationSettings()
_HOURS = hourly_partitions(_SETTINGS.first_hour)
_CONTINUOUS = [view for view in VIEWS if view.scope == "global"]
_INCREMENTS = dg.define_asset_job(
    JOB_NAME,
    selection=dg.AssetSelection.assets(*(v.name for v in _CONTINUOUS)).without_checks(),
    description="Append to the tables what they miss of the chosen hours; rebuilds nothing.",
    tags={WORK: "increment"},
)
_SENSOR = uncovered_slices_sensor(
    _CONTINUOUS,
    JOB_NAME,
    first_hour=_SETTINGS.first_hour,
    interval_s=_SETTINGS.sensor_interval_s,
)
_REQUESTS = requests_sensor(
    _CONTINUOUS,
    JOB_NAME,
    first_hour=_SETTINGS.first_hour,
    interval_s=SENSOR_FLOOR_S,
)

_JOBS, _SCHEDULES = maintenance(TASKS)

defs = dg.Definitions(
    assets=view_assets(VIEWS, _HOURS),
    asset_checks=asset_checks(VIEWS),
    jobs=[_INCREMENTS, *_JOBS],
    schedules=[checks_schedule(), *_SCHEDULES],
    sensors=[_SENSOR, _REQUESTS],
    resources={"lake": LakeResource()},
    executor=dg.in_process_executor,
)
