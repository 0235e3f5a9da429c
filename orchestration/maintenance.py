"""
The maintenance tasks as Dagster jobs, each with its schedule and a dry run.

Derived from ``assets.maintain.catalog``: a new task needs no line here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_origin

import dagster as dg
from pydantic.fields import FieldInfo

from assets.maintain.task import AnyTask, Outcome, Site, run
from orchestration import history
from orchestration.asset_checks import JOB_NAME as CHECKS_JOB
from orchestration.lake_resource import LakeResource
from orchestration.limits import FAILURES_LISTED_MAX, STEPS_SHOWN_MAX
from orchestration.run_tags import REASON

DRY_RUN = "dry_run"

_PLAIN: Mapping[Any, Any] = {bool: bool, int: int, float: float, str: str}


TaskOf = Callable[[dg.DagsterInstance], AnyTask]
"""A task that may be about the Dagster instance itself, which is known only when it runs."""


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
    description = f"{task.doc}\n\nWith `dry_run: true` it prints its plan and changes nothing."

    @dg.op(
        name=op_name(task.name),
        description=description,
        config_schema=_config_of(task),
        pool=f"maintenance:{task.name}",
        out=dg.Out(dg.Nothing),
    )
    def maintain(context: dg.OpExecutionContext, lake: LakeResource) -> None:
        config = dict(context.op_config)
        dry_run = bool(config.pop(DRY_RUN))
        opened = lake.open()
        site = Site(opened.lake, opened.tables, datetime.now(UTC))
        settings = task.settings(**config)
        running = task_of(context.instance) if task_of else task
        outcome = run(running, site, settings, dry_run=dry_run, tell=context.log.info)
        context.log_event(_observation(task, outcome, dry_run=dry_run))
        if outcome.failed:
            raise _failure_of(outcome)

    @dg.job(
        name=task.name,
        description=description,
        executor_def=dg.in_process_executor,
        tags={REASON: f"maintenance: {task.name}"},
    )
    def job() -> None:
        maintain()

    return job


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
    tasks: Sequence[AnyTask],
) -> tuple[list[dg.JobDefinition], list[dg.ScheduleDefinition]]:
    """Return the jobs of all tasks and of Dagster's own history, and their schedules."""
    jobs = {task.name: maintenance_job(task) for task in tasks}
    forgotten = [*jobs, history.NAME, CHECKS_JOB]

    def history_of(instance: dg.DagsterInstance) -> AnyTask:
        return history.history_task(instance, forgotten)

    own = history.history_task(None, forgotten)
    jobs[own.name] = maintenance_job(own, history_of)
    timed = [task for task in (*tasks, own) if task.cron]
    return list(jobs.values()), [maintenance_schedule(task, jobs[task.name]) for task in timed]


def _config_of(task: AnyTask) -> dict[str, dg.Field]:
    fields = {name: _field(info) for name, info in task.settings.model_fields.items()}
    dry_run = dg.Field(bool, default_value=False, description="Print the plan, change nothing.")
    return {**fields, DRY_RUN: dry_run}


def _field(info: FieldInfo) -> dg.Field:
    listed = get_origin(info.annotation) is list
    kind = dg.Array(str) if listed else _PLAIN[info.annotation]
    return dg.Field(kind, default_value=info.default, description=info.description)


def _observation(task: AnyTask, outcome: Outcome, *, dry_run: bool) -> dg.AssetObservation:
    """Return what the run's page shows: the plan as a table, and the sums."""
    rows = [f"| {step.subject} | {step.action} |" for step in outcome.planned[:STEPS_SHOWN_MAX]]
    left_out = len(outcome.planned) - len(rows)
    plan = "\n".join(["| what | action |", "|---|---|", *rows])
    if left_out:
        plan += f"\n\nand {left_out} more"
    numbers = outcome.planned_numbers if dry_run else outcome.numbers
    return dg.AssetObservation(
        dg.AssetKey(["maintenance", task.name]),
        description="A plan; nothing was changed." if dry_run else task.doc,
        metadata={
            "plan": dg.MetadataValue.md(plan),
            "steps planned": len(outcome.planned),
            "steps done": len(outcome.done),
            "steps failed": len(outcome.failed),
            **numbers,
        },
    )


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
