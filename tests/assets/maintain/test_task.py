"""What a task promises whatever it does: a plan changes nothing, a failing step stops no other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from assets.errors import NotFound
from assets.maintain import task as module
from assets.maintain.catalog import TASKS, task_named
from assets.maintain.task import Done, Site, Step, Task, TaskSettings, run
from assets.views.catalog import BUILT_IN

NOWHERE = Site(None, None, datetime.now(UTC), BUILT_IN)  # type: ignore[arg-type]  (these steps touch no lake)


def counting(done: list[int], *, failing: frozenset[int] = frozenset()) -> Task[TaskSettings]:
    """Return a task of endless steps that note their number."""

    def plan(_site: Site, _settings: TaskSettings) -> Any:
        number = 0
        while True:
            yield Step(f"n{number}", "note it", lambda number=number: note(number), {"bytes": 2})
            number += 1

    def note(number: int) -> Done:
        if number in failing:
            raise ValueError(f"{number} fails")
        done.append(number)
        return Done("noted", {"notes": 1})

    return Task(name="counting", doc="Counts.", settings=TaskSettings, plan=plan)


def test_a_dry_run_plans_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Every planned step is told, none is done, and what the plan knows is added up.
    """
    monkeypatch.setattr(module, "STEPS_MAX", 3)
    done: list[int] = []
    told: list[str] = []
    outcome = run(counting(done), NOWHERE, TaskSettings(), dry_run=True, tell=told.append)
    assert (done, outcome.done, outcome.failed) == ([], [], [])
    assert told == [f"would: n{number}: note it" for number in range(3)]
    assert outcome.planned_numbers == {"bytes": 6}


def test_a_step_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The others are done and counted; the failure is kept with its step.
    """
    monkeypatch.setattr(module, "STEPS_MAX", 4)
    done: list[int] = []
    outcome = run(counting(done, failing=frozenset({1})), NOWHERE, TaskSettings(), dry_run=False)
    assert done == [0, 2, 3]
    assert outcome.numbers == {"notes": 3}
    ((step, error),) = outcome.failed
    assert (step.subject, str(error)) == ("n1", "1 fails")


def test_one_run_has_at_most_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An endless plan is cut; the next run plans anew.
    """
    monkeypatch.setattr(module, "STEPS_MAX", 5)
    done: list[int] = []
    run(counting(done), NOWHERE, TaskSettings(), dry_run=False)
    assert done == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_setting_has_a_default_and_says_what_it_is(task) -> None:
    """
    A schedule runs a task without telling it anything; its page explains what can be told.
    """
    assert task.settings() is not None
    assert all(field.description for field in task.settings.model_fields.values())


def test_an_unknown_task_is_named_with_those_there_are() -> None:
    """
    A typing error on the command line is answered with the choice.
    """
    with pytest.raises(NotFound, match="no task 'compact'; there are: compaction, "):
        task_named("compact")
