"""What tests of requests of SQL share: making them, ticking their sensor, reading what it said."""

import uuid
from datetime import datetime, timedelta

import dagster as dg

from assets.storage.metadata.requests import (
    Wish,
    ask,
    reports,
)
from assets.views.catalog import VIEWS
from orchestration.definitions import JOB_NAME, defs
from orchestration.lake_resource import LakeResource
from orchestration.request_runs import Served
from orchestration.requests_sensor import REQUESTS_SENSOR_NAME
from orchestration.settings import FIRST_HOUR
from tests.orchestration.log_sender import Sender

SERVED = Served({view.name: view for view in VIEWS}, JOB_NAME, FIRST_HOUR)
SENSOR = defs.resolve_sensor_def(REQUESTS_SENSOR_NAME)


def tick(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """Evaluate the sensor as the daemon does."""
    with dg.build_sensor_context(
        instance=instance, resources={"lake": LakeResource()}, definitions=defs
    ) as context:
        return list(SENSOR.evaluate_tick(context).run_requests or [])


def wish(hour: datetime, **fields) -> Wish:
    """Return a wish for one hour of log_entries."""
    values = {
        "action": "materialize",
        "view": "log_entries",
        "process_id": None,
        "begin": hour,
        "end": hour + timedelta(hours=1),
        "reason": "a test",
    }
    return Wish(**(values | fields))


def asked(sender: Sender, what: Wish) -> str:
    """Make a request."""
    with sender.lake.connection() as conn:
        return ask(conn, uuid.uuid4(), what)


def said(sender: Sender, request: str) -> list[str]:
    """Return what was reported of a request."""
    with sender.lake.connection() as conn:
        return [report.message for report in reports(conn, request)]


def add_run(
    instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus
) -> dg.DagsterRun:
    """Record a run that somebody else launched."""
    run = dg.DagsterRun(job_name=request.job_name, status=status, tags=dict(request.tags))
    return instance.add_run(run)
