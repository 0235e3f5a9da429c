"""``limnod maintain``: a maintenance task from the command line, with or without Dagster."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, get_origin

import pydantic

from assets.errors import CallerError
from assets.maintain.catalog import TASKS, task_named
from assets.maintain.priority import giving_way
from assets.maintain.task import AnyTask, Outcome, TaskSettings, run
from orchestration.settings import OrchestrationSettings
from stack.settings import StackSettings
from stack.site import site_here


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("task", nargs="?", default="", help="its name; without one, all are listed")
    parser.add_argument("given", nargs="*", metavar="SETTING=VALUE", help="what it is told")
    parser.add_argument("--dry-run", action="store_true", help="print the plan, change nothing")


def maintain(settings: StackSettings, told: argparse.Namespace) -> int:
    """
    Run a task and print each step; 1 when a step failed.

    Raises:
        CallerError: There is no such task or setting.
        PartFailed: No lake is set, and this machine keeps none.
    """
    if not told.task:
        print("\n\n".join(map(described, TASKS)))
        return 0
    task = task_named(told.task)
    wanted = task_settings(task, told.given)
    nice = OrchestrationSettings().maintenance_nice
    with site_here(settings) as site, giving_way(nice):
        outcome = run(task, site, wanted, dry_run=told.dry_run, tell=print)
    print(summary(outcome, dry_run=told.dry_run))
    return 1 if outcome.failed else 0


def described(task: AnyTask) -> str:
    """Return what a task is for and what it can be told."""
    lines = [f"{task.name}: {task.doc}"]
    lines += [
        f"    {name}={field.default}  {field.description}"
        for name, field in task.settings.model_fields.items()
    ]
    return "\n".join(lines)


def task_settings(task: AnyTask, given: Sequence[str]) -> TaskSettings:
    """
    Return the task's settings from ``name=value`` texts; lists are separated by commas.

    Raises:
        CallerError: A text is no such pair, or no setting of the task.
    """
    pairs: dict[str, Any] = {}
    for text in given:
        name, mark, value = text.partition("=")
        if not mark:
            raise CallerError(f"{text!r} is not SETTING=VALUE")
        pairs[name] = _listed(value) if _is_list(task, name) else value
    try:
        settings: TaskSettings = task.settings.model_validate(pairs)
    except pydantic.ValidationError as exc:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        known = ", ".join(task.settings.model_fields)
        raise CallerError(f"{task.name}: {wrong} (its settings are: {known})") from exc
    return settings


def summary(outcome: Outcome, *, dry_run: bool) -> str:
    """Return the last line: how many steps, and their numbers."""
    numbers: Mapping[str, float] = outcome.planned_numbers if dry_run else outcome.numbers
    counts = f"{len(outcome.planned)} steps planned"
    if not dry_run:
        counts += f", {len(outcome.done)} done, {len(outcome.failed)} failed"
    return ", ".join([counts, *(f"{name}: {value:,}" for name, value in numbers.items())])


def _is_list(task: AnyTask, name: str) -> bool:
    field = task.settings.model_fields.get(name)
    return field is not None and get_origin(field.annotation) is list


def _listed(value: str) -> list[str]:
    return [part for part in value.split(",") if part]
