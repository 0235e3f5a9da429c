"""
The maintenance tasks as Dagster jobs, each with its schedule and a dry run.

Derived from ``assets.maintain.catalog``: a new task needs no line here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_origin

import dagster as dg
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from assets.errors import CallerError
from assets.maintain.priority import giving_way
from assets.maintain.task import AnyTask, Outcome, TaskSettings, run
from orchestration import history
from orchestration.asset_checks import JOB_NAME as CHECKS_JOB
from orchestration.cluster.choosing import hands_for
from orchestration.lake_resource import LakeResource
from orchestration.limits import FAILURES_LISTED_MAX, STEPS_SHOWN_MAX
from orchestration.markdown import table
from orchestration.run_tags import PRIORITY, REASON, launched_by
from orchestration.settings import OrchestrationSettings

DRY_RUN = "dry_run"

_PLAIN: Mapping[Any, Any] = {bool: bool, int: int, float: float, str: str}


TaskOf = Callable[[dg.DagsterInstance], AnyTask]
"""A task that may be about the Dagster instance itself, which is known only when it runs."""


GROUP = "maintenance"
"""The group of the assets that tell what maintenance did, and the value of `KIND`."""

KIND = "limnograph/kind"
"""The tag by which all maintenance is found among jobs and runs."""

TASK = "limnograph/task"
"""The tag with a task's name: one run of each goes on at a time."""


def op_name(task: str) -> str:
    """Return what the op of a task is called: Dagster has ops and jobs share their names."""
    return f"run_{task}"


def maintenance_job(task: AnyTask, task_of: TaskOf | None = None) -> dg.JobDefinition:
    """
    Return the job that runs a task; its config is the task's settings and ``dry_run``.

    Args:
        task: What it is.
        task_of: Given, what is run: the same task for the instance that it runs in.
    """
    description = described(task)

    @dg.op(
        name=op_name(task.name),
        description=description,
        config_schema=_config_of(task),
        out=dg.Out(dg.Nothing),
    )
    def maintain(context: dg.OpExecutionContext, lake: LakeResource) -> None:
        config = dict(context.op_config)
        dry_run = bool(config.pop(DRY_RUN))
        context.instance.add_run_tags(
            context.run.run_id, {REASON: _why(task, context.run.tags, dry_run=dry_run)}
        )
        opened = lake.open()
        settings = _settings_of(task, config)
        running = task_of(context.instance) if task_of else task
        try:
            with giving_way(OrchestrationSettings().maintenance_nice):
                outcome = run(
                    running,
                    opened.site(),
                    settings,
                    dry_run=dry_run,
                    tell=context.log.info,
                    hands=hands_for(opened),
                )
        except CallerError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        context.log_event(_observation(task, outcome, dry_run=dry_run))
        if outcome.failed:
            raise _failure_of(outcome)

    @dg.job(
        name=task.name,
        description=description,
        executor_def=dg.in_process_executor,
        tags={
            KIND: GROUP,
            TASK: task.name,
            REASON: f"maintenance: {task.name}",
            PRIORITY: str(task.priority),
        },
    )
    def job() -> None:
        maintain()

    return job


def maintenance_asset(task: AnyTask, owners: Sequence[str]) -> dg.AssetSpec:
    """Return what shows the history of a task: each run observes it, with its plan and numbers."""
    return dg.AssetSpec(
        asset_key(task.name),
        description=f"{task.doc}\n\nWhat each run of the job `{task.name}` planned and did is among"
        " its events. Launch the job to run it.",
        group_name=GROUP,
        owners=owners,
    )


def asset_key(task: str) -> dg.AssetKey:
    """Return the asset that a task's runs observe."""
    return dg.AssetKey([GROUP, task])


def described(task: AnyTask) -> str:
    """Return what the page of a task's job says."""
    lines = [f"* `{name}`: {info.description}" for name, info in task.settings.model_fields.items()]
    told = "\n".join(["In the launchpad it can be told:", "", *lines]) + "\n\n" if lines else ""
    return f"{task.doc}\n\n{told}With `dry_run: true` it shows its plan and changes nothing."


def maintenance_schedule(task: AnyTask, job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Return the schedule that runs a task's job with its defaults."""
    return dg.ScheduleDefinition(
        name=f"{task.name}_schedule",
        job=job,
        cron_schedule=task.cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=task.doc,
    )


def maintenance(
    tasks: Sequence[AnyTask], owners: Sequence[str] = ()
) -> tuple[list[dg.JobDefinition], list[dg.ScheduleDefinition], list[dg.AssetSpec]]:
    """Return the jobs of all tasks and of Dagster's own history, their schedules and histories."""
    jobs = {task.name: maintenance_job(task) for task in tasks}
    forgotten = [*jobs, history.NAME, CHECKS_JOB]

    def history_of(instance: dg.DagsterInstance) -> AnyTask:
        return history.history_task(instance, forgotten)

    own = history.history_task(None, forgotten)
    jobs[own.name] = maintenance_job(own, history_of)
    timed = [task for task in (*tasks, own) if task.cron]
    return (
        list(jobs.values()),
        [maintenance_schedule(task, jobs[task.name]) for task in timed],
        [maintenance_asset(task, owners) for task in (*tasks, own)],
    )


def _why(task: AnyTask, tags: Mapping[str, str], *, dry_run: bool) -> str:
    what = f"dry run of {task.name}" if dry_run else f"maintenance: {task.name}"
    return f"{what}, {launched_by(tags)}"


def _settings_of(task: AnyTask, config: Mapping[str, Any]) -> TaskSettings:
    try:
        settings: TaskSettings = task.settings(**config)
    except ValidationError as exc:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors()]
        message = f"Nothing was done, the config is wrong. {'; '.join(wrong)}"
        raise dg.Failure(message, allow_retries=False) from None
    return settings


def _config_of(task: AnyTask) -> dict[str, dg.Field]:
    fields = {name: _field(info) for name, info in task.settings.model_fields.items()}
    dry_run = dg.Field(bool, default_value=False, description="Show the plan, change nothing.")
    return {**fields, DRY_RUN: dry_run}


def _field(info: FieldInfo) -> dg.Field:
    listed = get_origin(info.annotation) is list
    kind = dg.Array(str) if listed else _PLAIN[info.annotation]
    return dg.Field(kind, default_value=info.default, description=info.description)


def _observation(task: AnyTask, outcome: Outcome, *, dry_run: bool) -> dg.AssetObservation:
    """Return what the run's page shows: the plan as a table, and the sums."""
    numbers = outcome.planned_numbers if dry_run else outcome.numbers
    return dg.AssetObservation(
        asset_key(task.name),
        description="A plan; nothing was changed." if dry_run else task.doc,
        metadata={
            "plan": dg.MetadataValue.md(_plan_table(outcome)),
            "steps planned": len(outcome.planned),
            "steps done": len(outcome.done),
            "steps failed": len(outcome.failed),
            **numbers,
        },
    )


def _plan_table(outcome: Outcome) -> str:
    """Return the steps with what became of them; the first, where there are very many."""
    if not outcome.planned:
        return "There is nothing to do."
    ends = {id(step): done.what for step, done in outcome.done}
    ends |= {id(step): f"FAILED: {error}" for step, error in outcome.failed}
    steps = outcome.planned[:STEPS_SHOWN_MAX]
    rows = [[step.subject, step.action, ends.get(id(step), "")] for step in steps]
    left_out = len(outcome.planned) - len(steps)
    more = f"\n\nand {left_out} more" if left_out else ""
    return table(["of what", "step", "what became of it"], rows) + more


def _failure_of(outcome: Outcome) -> dg.Failure:
    lines = [
        f"{step.subject}: {type(error).__name__}: {error}"
        for step, error in outcome.failed[:FAILURES_LISTED_MAX]
    ]
    return dg.Failure(
        f"{len(outcome.failed)} of {len(outcome.planned)} steps failed, the others are done;"
        " the next run tries them again:\n" + "\n".join(lines),
        allow_retries=False,
    )
