"""`limnod maintain`: what it lists, what it is told, and how it says that it was told wrong."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from assets.errors import CallerError
from assets.maintain.catalog import TASKS, task_named
from assets.storage.settings import WrongSettings
from query_engine.settings import QuerySettings
from stack.cli import main
from stack.maintain import task_settings

ROOT = Path(__file__).resolve().parents[2]
COMPACTION = task_named("compaction")


def test_without_a_name_every_task_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Each with its sentence and its settings.
    """
    assert main(["maintain"]) == 0
    said = capsys.readouterr().out
    for task in TASKS:
        assert f"{task.name}: {task.doc}" in said
        assert all(f"    {name}=" in said for name in task.settings.model_fields)


def test_a_task_runs_on_the_lake_that_is_set(
    here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    On an empty lake there is nothing to do, and that is said.
    """
    assert main(["maintain", "compaction", "--dry-run"]) == 0
    assert capsys.readouterr().out == "0 steps planned\n"
    assert main(["maintain", "compaction", "views=log_entries,measures", "files_min=8"]) == 0
    assert capsys.readouterr().out == "0 steps planned, 0 done, 0 failed\n"


def test_settings_are_read_as_their_types() -> None:
    """
    Numbers are numbers, and lists are separated by commas.
    """
    told = task_settings(COMPACTION, ["views=log_entries,measures", "files_min=8"])
    assert told.model_dump(exclude_unset=True) == {
        "views": ["log_entries", "measures"],
        "files_min": 8,
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("files_min", "'files_min' is not SETTING=VALUE"),
        ("files_min=one", "files_min: Input should be a valid integer"),
        ("files_min=1", "files_min: Input should be greater than or equal to 2"),
        ("files=4", "files: Extra inputs are not permitted"),
    ],
)
def test_what_is_told_wrong_is_named(given: str, said: str) -> None:
    """
    The setting, what is wrong with it, and which there are.
    """
    with pytest.raises(CallerError) as caught:
        task_settings(COMPACTION, [given])
    assert said in str(caught.value)
    assert "=" in given or "SETTING" in str(caught.value)


def test_an_unknown_task_or_view_fails_with_the_choice(
    here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Exit code 1 and one line.
    """
    assert main(["maintain", "compact"]) == 1
    assert "no task 'compact'; there are: compaction" in capsys.readouterr().err
    assert main(["maintain", "compaction", "views=logs"]) == 1
    assert "no view 'logs'; there are: log_entries" in capsys.readouterr().err


def test_the_page_names_every_task() -> None:
    """
    A task that nobody can read about is not finished.
    """
    page = (ROOT / "docs/maintenance.md").read_text()
    assert [task.name for task in TASKS if f"| `{task.name}` |" not in page] == []


def test_no_query_may_take_longer_than_tasks_keep_what_it_reads() -> None:
    """
    Whatever both are told: the least that a task may keep is the most that a query may take.
    """
    with pytest.raises(WrongSettings, match="QUERY_SECONDS_MAX: 3601 cannot be used"):
        QuerySettings(query_seconds_max=3601)
    for task in TASKS:
        for name in {"keep_hours", "grace_hours"} & task.settings.model_fields.keys():
            with pytest.raises(ValidationError, match=name):
                task.settings(**{name: 0})
            assert task.settings(**{name: 1})
