"""
What a maintenance task is: a plan of steps that can be printed, and each of which can be done.

Rule: a plan changes nothing, so a dry run is the plan alone. A step stands for itself: it can be
killed, repeated or left out at any moment, and one that fails stops no other. A task that was cut
off therefore needs no memory of it: its next plan holds what is left.

The Dagster jobs and schedules, ``limnod maintain`` and the reference page are derived from these
fields, so a new task is one new file and one line in ``catalog.py``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from assets.maintain.limits import STEPS_MAX
from assets.maintain.query_door import Ask, ask_query_service
from assets.storage.lake import Lake
from assets.storage.tables import TableCache
from assets.views.catalog import Views

Number = int | float


class TaskSettings(BaseModel):
    """Base of what a task can be told; every field has a default and a description."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Site:
    """
    Where a task works.

    Attributes:
        lake: The lake.
        tables: Snapshots of its tables.
        now: The time that ages are counted from, timezone-aware UTC.
        views: The views that there are.
        ask: Answers rules that are written in SQL.
    """

    lake: Lake
    tables: TableCache
    now: datetime
    views: Views
    ask: Ask = ask_query_service


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a step: in words, and in numbers that can be added up."""

    what: str
    numbers: Mapping[str, Number] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One thing that a task would do.

    Attributes:
        subject: What it is done to: ``log_entries 2026-11-22T17``.
        action: What would be done, with its size: ``merge 24 files of 12.1 MB into one``.
        do: Does it.
        numbers: What the plan knows of its size (rows, bytes, files).
        anywhere: The same for any machine that has the lake open, as a function and values that
            can be sent there; steps that have it may be done in any order, several at once.
    """

    subject: str
    action: str
    do: Callable[[], Done]
    numbers: Mapping[str, Number] = field(default_factory=dict)
    anywhere: Callable[[Site], Done] | None = None


Settings = TypeVar("Settings", bound=TaskSettings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task(Generic[Settings]):
    """
    A kind of maintenance.

    Attributes:
        name: Of the task and of its Dagster job.
        doc: What it is for and what it costs, in a sentence or two.
        settings: What it can be told.
        plan: Where it works and how, to the steps, the most useful first. Reads only.
        cron: When its schedule runs it, UTC; "" when only people do.
        priority: Of its queued runs; those of lower numbers, and then later ones, wait for others.
    """

    name: str
    doc: str
    settings: type[Settings]
    plan: Callable[[Site, Settings], Iterable[Step]]
    cron: str = ""
    priority: int = 0


AnyTask = Task[Any]

Result = tuple[Step, Done | Exception]
Hands = Callable[[Sequence[Step], Callable[[str], None]], Iterator[Result]]
"""Who does steps, telling what begins, and yields what became of each."""


@dataclass(slots=True)
class Outcome:
    """
    What became of a task's steps.

    Attributes:
        planned: All of the plan, at most ``STEPS_MAX``.
        done: Those that were done, with what came of it.
        failed: Those that failed, with their errors.
    """

    planned: list[Step] = field(default_factory=list)
    done: list[tuple[Step, Done]] = field(default_factory=list)
    failed: list[tuple[Step, Exception]] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, Number]:
        """The numbers of all that was done, added up."""
        return _total(done.numbers for _, done in self.done)

    @property
    def planned_numbers(self) -> dict[str, Number]:
        """The numbers of all that was planned, added up."""
        return _total(step.numbers for step in self.planned)


def run(
    task: AnyTask,
    site: Site,
    settings: TaskSettings,
    *,
    dry_run: bool,
    tell: Callable[[str], None] = lambda _: None,
    hands: Hands | None = None,
) -> Outcome:
    """
    Plan, and unless it is a dry run do every step; a step that fails stops no other.

    Args:
        task: What kind of maintenance.
        site: Where.
        settings: Of the task's own type.
        dry_run: Only plan.
        tell: Called with a line for each step, before and after it is done.
        hands: Who does the steps; by default they are done here in turn.

    Raises:
        LakeError: The plan could not be made.
    """
    outcome = Outcome(planned=list(_leading(task.plan(site, settings))))
    if dry_run:
        for step in outcome.planned:
            tell(f"would: {step.subject}: {step.action}")
        return outcome
    for step, became in (hands or in_turn)(outcome.planned, tell):
        if isinstance(became, Exception):
            outcome.failed.append((step, became))
            tell(f"FAILED: {step.subject}: {type(became).__name__}: {became}")
        else:
            outcome.done.append((step, became))
            tell(f"done: {step.subject}: {became.what}")
    return outcome


def in_turn(steps: Sequence[Step], tell: Callable[[str], None]) -> Iterator[Result]:
    """Do steps one after the other in this process."""
    for step in steps:
        tell(f"now: {step.subject}: {step.action}")
        try:
            yield step, step.do()
        except Exception as error:
            yield step, error


def _leading(steps: Iterable[Step]) -> Iterator[Step]:
    for number, step in enumerate(steps):
        if number == STEPS_MAX:
            return
        yield step


def _total(numbers: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    total: dict[str, Number] = {}
    for one in numbers:
        for name, value in one.items():
            total[name] = total.get(name, 0) + value
    return total
