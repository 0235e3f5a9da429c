"""Maintenance in Dagster: a job for each task, with its settings, a dry run and a schedule."""

import dagster as dg
import pytest

from assets.maintain.catalog import TASKS
from orchestration.definitions import defs
from orchestration.lake_resource import LakeResource
from orchestration.maintenance import GROUP, KIND, op_name
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


def plan_of(result: dg.ExecuteInProcessResult) -> str:
    """Return the plan as the page of the run shows it."""
    return str(observed(result).metadata["plan"].value)


def failure_of(result: dg.ExecuteInProcessResult, task: str) -> str:
    """Return what the page of a failed run says."""
    failure = result.failure_data_for_node(op_name(task))
    assert failure is not None
    assert failure.user_failure_data is not None
    return failure.user_failure_data.description or ""


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
    assert failure_of(result, "vacuum").startswith(
        "Nothing was done, the config is wrong. keep_hours: Input should be greater"
    )


def test_a_view_that_does_not_exist_is_told_in_one_line(sender: Sender) -> None:
    """
    Whoever mistyped a name reads which, not where in the program that was noticed.
    """
    result = executed("compaction", views=["log_entires"])
    assert not result.success
    assert "log_entires" in failure_of(result, "compaction")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_page_of_a_job_explains_what_it_can_be_told(task) -> None:
    """
    Every setting with its description, and the dry run.
    """
    job = defs.resolve_job_def(task.name)
    text = job.description or ""
    for name, field in task.settings.model_fields.items():
        assert f"* `{name}`: {field.description}" in text
    assert "`dry_run: true`" in text
    assert job.tags[KIND] == GROUP


def test_the_plan_is_a_table_with_what_became_of_each_step(sender: Sender) -> None:
    """
    First as a dry run, then done; a plan without steps says so.
    """
    told = {"subject": "log_entries", "keep_days": 30}
    dry = plan_of(executed("set_retention", dry_run=True, **told))
    assert dry.splitlines()[-1] == ("| `log_entries` | `keep 30 days instead of for ever` |  |")
    done = plan_of(executed("set_retention", **told))
    assert done.splitlines()[-1].endswith("| `kept 30 days from now on` |")
    assert plan_of(executed("compaction")) == "There is nothing to do."
