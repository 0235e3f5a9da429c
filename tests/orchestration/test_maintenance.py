"""Maintenance in Dagster: a job for each task, with its settings, a dry run and a schedule."""

import dagster as dg
import pytest

from assets.maintain.catalog import TASKS
from orchestration.definitions import defs
from orchestration.lake_resource import LakeResource
from orchestration.maintenance import op_name
from tests.orchestration.log_sender import Sender


def executed(name: str, **config: object) -> dg.ExecuteInProcessResult:
    """Run a task's job as the launchpad does."""
    return defs.resolve_job_def(name).execute_in_process(
        run_config={"ops": {op_name(name): {"config": config}}},
        resources={"lake": LakeResource()},
        raise_on_error=False,
    )


def observed(result: dg.ExecuteInProcessResult) -> dg.AssetObservation:
    """Return what the run shows."""
    (event,) = result.get_asset_observation_events()
    return event.event_specific_data.asset_observation


def test_the_code_server_can_load_all_of_them() -> None:
    """
    Names that Dagster takes one by one may still be refused together.
    """
    defs.get_repository_def().load_all_definitions()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_has_a_job_that_can_be_told_its_settings_and_a_dry_run(task) -> None:
    """
    The launchpad shows every setting with its default.
    """
    job = defs.resolve_job_def(task.name)
    fields = job.get_node_named(op_name(task.name)).definition.config_schema.config_type.fields
    assert set(fields) == {*task.settings.model_fields, "dry_run"}
    assert not any(field.is_required for field in fields.values())


@pytest.mark.parametrize("task", [t for t in TASKS if t.cron], ids=lambda task: task.name)
def test_its_schedule_runs_by_default(task) -> None:
    """
    A fresh installation looks after itself.
    """
    schedule = defs.resolve_schedule_def(f"{task.name}_schedule")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.cron_schedule == task.cron


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_task_runs_on_an_empty_lake(task, sender: Sender) -> None:
    """
    With the defaults and as a dry run, on the first minute of an installation.
    """
    assert executed(task.name).success
    dry = executed(task.name, dry_run=True)
    assert dry.success
    assert observed(dry).description == "A plan; nothing was changed."


def test_settings_that_are_wrong_are_refused_before_anything_is_done(sender: Sender) -> None:
    """
    The run fails and names the setting.
    """
    result = executed("vacuum", keep_hours=0)
    assert not result.success
    failure = result.failure_data_for_node(op_name("vacuum"))
    assert "keep_hours" in str(failure.error)
