"""The sensor that serves requests of SQL: each becomes runs once, and its end is told."""

import uuid
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.storage.metadata.requests import Wish, ask, move, open_requests, reports, state_of
from orchestration.definitions import JOB_NAME, defs
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource
from orchestration.limits import HOURS_PER_RUN_MAX, REQUEST_LAUNCH_MAX, REQUESTS_REMEMBERED
from orchestration.requests_sensor import REQUESTS_SENSOR_NAME, report_on, runs_for_request
from orchestration.run_tags import REQUEST, REQUEST_RUNS, WORK
from orchestration.settings import FIRST_HOUR
from orchestration.uncovered_sensor import RANGE_END, RANGE_START, SENSOR_TAG
from tests.orchestration.log_sender import Sender

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


def run_of(request: dg.RunRequest, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run what the sensor asked for."""
    return defs.resolve_job_def(JOB_NAME).execute_in_process(
        asset_selection=list(request.asset_selection or []),
        tags={**request.tags, SENSOR_TAG: REQUESTS_SENSOR_NAME},
        instance=instance,
        raise_on_error=False,
    )


def test_a_request_becomes_a_run_whose_end_is_told(sender: Sender, this_hour: datetime) -> None:
    """
    Asked once, however often the sensor ticks; the run does the work and nothing else.
    """
    sender.send(2)
    request = asked(sender, wish(this_hour))
    with dg.DagsterInstance.ephemeral() as instance:
        (run,) = tick(instance)
        assert tick(instance) == []
        assert run.asset_selection == [dg.AssetKey("log_entries")]
        assert run.tags[RANGE_START] == run.tags[RANGE_END] == key_of(this_hour)
        assert (run.tags[WORK], run.tags[REQUEST]) == ("increment", request)
        assert run_of(run, instance).success
        assert tick(instance) == []
    assert said(sender, request) == [
        "requested: a test",
        "asked Dagster for a run",
        "done by a run",
    ]


def test_a_failed_run_fails_its_request(sender: Sender, this_hour: datetime) -> None:
    """
    The report names the run to look at.
    """
    lost = sender.send(2)
    sender.lake.objects.delete([lost])
    request = asked(sender, wish(this_hour, action="rebuild"))
    with dg.DagsterInstance.ephemeral() as instance:
        (run,) = tick(instance)
        assert run.tags[WORK] == "rebuild"
        result = run_of(run, instance)
        tick(instance)
    assert said(sender, request)[-1] == f"failed, see the Dagster UI: run {result.run_id}"


def test_what_runs_cannot_do_fails_at_once(sender: Sender, this_hour: datetime) -> None:
    """
    Views kept per process have no runs; hours that have not begun hold nothing.
    """
    spans = asked(sender, wish(this_hour, view="thread_spans", process_id=str(uuid.uuid4())))
    future = asked(sender, wish(this_hour + timedelta(hours=9)))
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(instance) == []
    assert said(sender, spans)[-1] == "thread_spans has no runs"
    assert said(sender, future)[-1] == "no hour of it can hold anything yet"


def test_many_hours_are_several_runs_and_done_with_the_last(sender: Sender) -> None:
    """
    HOURS_PER_RUN_MAX at a time; the hours before the first partition are left out.
    """
    hours = HOURS_PER_RUN_MAX + 5
    begin = FIRST_HOUR - timedelta(hours=3)
    asked(sender, wish(begin, end=FIRST_HOUR + timedelta(hours=hours)))
    with sender.lake.connection() as conn:
        (request,) = open_requests(conn)
        now = FIRST_HOUR + timedelta(days=100)
        runs = runs_for_request(request, FIRST_HOUR, now)
        assert [run.tags[REQUEST_RUNS] for run in runs] == ["2", "2"]
        assert runs[0].tags[RANGE_START] == key_of(FIRST_HOUR)
        assert runs[1].tags[RANGE_END] == key_of(FIRST_HOUR + timedelta(hours=hours - 1))
        move(conn, request.request_id, "running", "begun")
        with dg.DagsterInstance.ephemeral() as instance:
            for run in runs:
                assert state_of(conn, request.request_id) == "running"
                instance.add_run(
                    dg.DagsterRun(
                        job_name=JOB_NAME, status=dg.DagsterRunStatus.SUCCESS, tags=dict(run.tags)
                    )
                )
                report_on(instance, conn, request, now)
        assert state_of(conn, request.request_id) == "done"


def test_a_run_that_the_daemon_lost_is_asked_for_again(sender: Sender, this_hour: datetime) -> None:
    """
    After REQUEST_LAUNCH_MAX without a run the request is new again, under another run key.
    """
    asked(sender, wish(this_hour))
    with sender.lake.connection() as conn, dg.DagsterInstance.ephemeral() as instance:
        (first,) = tick(instance)
        (request,) = open_requests(conn)
        report_on(instance, conn, request, request.updated_at + REQUEST_LAUNCH_MAX)
        assert open_requests(conn)[0].state == "running"
        later = request.updated_at + REQUEST_LAUNCH_MAX + timedelta(seconds=1)
        report_on(instance, conn, request, later)
        (second,) = tick(instance)
    assert first.run_key != second.run_key


def test_old_requests_are_deleted(sender: Sender, this_hour: datetime) -> None:
    """
    REQUESTS_REMEMBERED after their end.
    """
    request = asked(sender, wish(this_hour))
    old = datetime.now(UTC) - REQUESTS_REMEMBERED - timedelta(hours=1)
    with sender.lake.connection() as conn, dg.DagsterInstance.ephemeral() as instance:
        move(conn, request, "done", "ended")
        tick(instance)
        assert state_of(conn, request) == "done"
        conn.execute("UPDATE materialization_requests SET updated_at = %s", (old,))
        tick(instance)
        assert state_of(conn, request) is None
