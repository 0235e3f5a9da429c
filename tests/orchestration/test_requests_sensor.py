"""The sensor that serves requests of SQL: each becomes runs once, and its end is told."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.materialize import materialize
from assets.storage.layout import Slice
from assets.storage.metadata.requests import (
    move,
    open_requests,
    seconds_since_look,
    standings,
    state_of,
)
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from orchestration.definitions import JOB_NAME, defs
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource
from orchestration.limits import (
    HOURS_PER_RUN_MAX,
    REQUEST_ATTEMPTS_MAX,
    REQUEST_LAUNCH_MAX,
    REQUESTS_REMEMBERED,
    REQUESTS_SERVED_MAX,
)
from orchestration.process_assets import PROCESS_JOB_NAME
from orchestration.requests_sensor import REQUESTS_SENSOR_NAME, Tick
from orchestration.run_tags import REQUEST, REQUEST_ATTEMPT, REQUEST_RUNS, WORK
from orchestration.settings import FIRST_HOUR
from orchestration.uncovered_sensor import RANGE_END, RANGE_START, SENSOR_TAG
from tests.orchestration.log_sender import Sender
from tests.orchestration.requesting import SERVED, add_run, asked, said, tick, wish


def run_of(request: dg.RunRequest, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run what the sensor asked for."""
    return defs.resolve_job_def(request.job_name or JOB_NAME).execute_in_process(
        asset_selection=list(request.asset_selection or []),
        run_config=request.run_config or None,
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
        "asked Dagster for a run over an hour",
        "done by a run",
    ]
    with sender.lake.connection() as conn:
        found = standings(conn, [request])[request]
        assert (found.state, found.hours_done, found.hours_total) == ("done", 1, 1)
        assert (seconds_since_look(conn) or 0) < 60


def test_a_failed_run_fails_its_request(sender: Sender, this_hour: datetime) -> None:
    """
    The report names the run to look at, and why it failed.
    """
    lost = sender.send(2)
    sender.lake.objects.delete([lost])
    request = asked(sender, wish(this_hour, action="rebuild"))
    with dg.DagsterInstance.ephemeral() as instance:
        (run,) = tick(instance)
        assert run.tags[WORK] == "rebuild"
        result = run_of(run, instance)
        tick(instance)
    told = said(sender, request)[-1]
    assert told.startswith(f"failed, see the Dagster UI: run {result.run_id}: 1 of 1 hours failed")
    assert lost in told


def test_a_process_is_built_by_a_run_that_names_it(sender: Sender, this_hour: datetime) -> None:
    """
    Only that process's hours; a run by hand that names none says what is wrong.
    """
    spans = [Sender(sender.lake, sender.database_url, "cpu") for _ in range(2)]
    for one in spans:
        one.send(3, hour=this_hour - timedelta(hours=2))
    process_id = spans[0].process_id
    begin = this_hour - timedelta(hours=3)
    request = asked(sender, wish(begin, end=this_hour, view="thread_spans", process_id=process_id))
    with dg.DagsterInstance.ephemeral() as instance:
        (run,) = tick(instance)
        assert (run.job_name, run.asset_selection) == (
            PROCESS_JOB_NAME,
            [dg.AssetKey("thread_spans")],
        )
        result = run_of(run, instance)
        assert result.success
        tick(instance)
        by_hand = replace_config(run, {"process_id": "7"})
        assert not run_of(by_hand, instance).success
    (event,) = result.asset_materializations_for_node("thread_spans")
    facts = {name: value.value for name, value in event.metadata.items()}
    assert (facts["process id"], facts["process rows"]) == (process_id, 3)
    assert facts["hours"] == key_of(this_hour - timedelta(hours=2))
    spec = table_spec(view_named("thread_spans"))
    assert TableCache().snapshot(sender.lake, spec).files["process_id"].to_list() == [process_id]
    assert said(sender, request)[-1] == "done by a run"


def replace_config(run: dg.RunRequest, config: dict[str, str]) -> dg.RunRequest:
    """Return the same run with other values from whoever launches it."""
    return run._replace(run_config={"ops": {"thread_spans": {"config": config}}})


def test_what_runs_cannot_do_fails_at_once(sender: Sender, this_hour: datetime) -> None:
    """
    A process is named for views that are kept per process, and only for these.
    """
    requests = {
        asked(sender, wish(this_hour, view="nothing")): "there is no view nothing",
        asked(sender, wish(this_hour, view="thread_spans")): "thread_spans is kept per process",
        asked(
            sender, wish(this_hour, process_id=str(uuid.uuid4()))
        ): "log_entries is not kept per process",
    }
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(instance) == []
    for request, why in requests.items():
        assert said(sender, request)[-1].startswith(why)


def test_what_is_covered_already_is_done_without_a_run(sender: Sender, this_hour: datetime) -> None:
    """
    So is what lies in the future: there is nothing to do.
    """
    sender.send(2)
    materialize(sender.lake, view_named("log_entries"), TableCache())
    covered = asked(sender, wish(this_hour))
    future = asked(sender, wish(this_hour + timedelta(hours=9), action="rebuild"))
    with dg.DagsterInstance.ephemeral() as instance:
        assert tick(instance) == []
    assert said(sender, covered)[-1].startswith("nothing is missing")
    assert said(sender, future)[-1] == "no hour of it can hold anything yet"


def test_progress_is_told_while_runs_are_under_way(sender: Sender, this_hour: datetime) -> None:
    """
    Runs that have ended and hours that are covered, whoever covers them; said once, not each tick.
    """
    hours = [this_hour - timedelta(hours=n) for n in (HOURS_PER_RUN_MAX + 3, 2, 1)]
    for hour in hours:
        sender.send(1, hour=hour)
    request = asked(sender, wish(hours[0], end=this_hour))
    with dg.DagsterInstance.ephemeral() as instance:
        first, second = tick(instance)
        assert (first.tags[RANGE_START], second.tags[RANGE_END]) == tuple(
            key_of(hour) for hour in (hours[0], hours[2])
        )
        add_run(instance, second, dg.DagsterRunStatus.STARTED)
        run_of(first, instance)
        for _ in range(2):
            assert tick(instance) == []
        materialize(sender.lake, view_named("log_entries"), TableCache(), slices=[Slice(hours[1])])
        tick(instance)
    assert said(sender, request)[1:] == [
        "asked Dagster for 2 runs over 3 hours",
        "1 of 2 runs done, 1 of 3 hours",
        "1 of 2 runs done, 2 of 3 hours",
    ]


def test_a_run_that_somebody_cancels_cancels_its_request(
    sender: Sender, this_hour: datetime
) -> None:
    """
    It is not tried again: somebody did not want it.
    """
    sender.send(1)
    request = asked(sender, wish(this_hour))
    with dg.DagsterInstance.ephemeral() as instance:
        (run,) = tick(instance)
        cancelled = add_run(instance, run, dg.DagsterRunStatus.CANCELED)
        assert tick(instance) == []
    assert said(sender, request)[-1].startswith(f"cancelled: somebody ended run {cancelled.run_id}")
    with sender.lake.connection() as conn:
        assert state_of(conn, request) == "cancelled"


def test_a_run_that_was_killed_is_made_good_by_another(sender: Sender, this_hour: datetime) -> None:
    """
    A run that failed in none of its steps says nothing about its hours; thrice is enough.
    """
    sender.send(1)
    request = asked(sender, wish(this_hour))
    attempts = []
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(REQUEST_ATTEMPTS_MAX):
            (run,) = tick(instance)
            attempts.append(run.tags[REQUEST_ATTEMPT])
            killed = add_run(instance, run, dg.DagsterRunStatus.FAILURE)
            tick(instance)
    assert attempts == ["1", "2", "3"]
    assert said(sender, request)[-1].startswith(f"failed: run {killed.run_id} was lost")
    with sender.lake.connection() as conn:
        assert state_of(conn, request) == "failed"


def test_many_hours_are_several_runs_and_done_with_the_last(sender: Sender) -> None:
    """
    HOURS_PER_RUN_MAX at a time; the hours before the first partition are left out.
    """
    hours = HOURS_PER_RUN_MAX + 5
    begin, end = FIRST_HOUR - timedelta(hours=3), FIRST_HOUR + timedelta(hours=hours)
    asked(sender, wish(begin, end=end, action="rebuild"))
    now = FIRST_HOUR + timedelta(days=100)
    with sender.lake.connection() as conn, dg.DagsterInstance.ephemeral() as instance:
        served = Tick(instance, LakeResource().open(), conn, SERVED, now)
        runs = served.serve(open_requests(conn))
        (request,) = open_requests(conn)
        assert [run.tags[REQUEST_RUNS] for run in runs] == ["2", "2"]
        assert runs[0].tags[RANGE_START] == key_of(FIRST_HOUR)
        assert runs[1].tags[RANGE_END] == key_of(FIRST_HOUR + timedelta(hours=hours - 1))
        for run in runs:
            assert state_of(conn, request.request_id) == "running"
            add_run(instance, run, dg.DagsterRunStatus.SUCCESS)
            replace(served, now=datetime.now(UTC)).report_on(request)
        assert state_of(conn, request.request_id) == "done"


def test_a_run_that_the_daemon_lost_is_asked_for_again(sender: Sender, this_hour: datetime) -> None:
    """
    After REQUEST_LAUNCH_MAX without a run the request is new again, under another run key.
    """
    sender.send(1)
    asked(sender, wish(this_hour))
    with sender.lake.connection() as conn, dg.DagsterInstance.ephemeral() as instance:
        (first,) = tick(instance)
        (request,) = open_requests(conn)
        for seconds, state in ((0, "running"), (1, "requested")):
            now = request.updated_at + REQUEST_LAUNCH_MAX + timedelta(seconds=seconds)
            Tick(instance, LakeResource().open(), conn, SERVED, now).report_on(request)
            assert open_requests(conn)[0].state == state
        (second,) = tick(instance)
    assert first.run_key != second.run_key


def test_only_so_many_requests_have_runs_at_once(sender: Sender, this_hour: datetime) -> None:
    """
    REQUESTS_SERVED_MAX; the next one begins when one of them has ended.
    """
    wishes = [
        wish(this_hour - timedelta(hours=n), action="rebuild")
        for n in range(REQUESTS_SERVED_MAX + 1)
    ]
    for one in wishes:
        asked(sender, one)
    with dg.DagsterInstance.ephemeral() as instance:
        runs = tick(instance)
        assert len(runs) == REQUESTS_SERVED_MAX
        assert tick(instance) == []
        add_run(instance, runs[0], dg.DagsterRunStatus.SUCCESS)
        tick(instance)
        assert len(tick(instance)) <= 1
    with sender.lake.connection() as conn:
        assert {request.state for request in open_requests(conn)} == {"running"}


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
