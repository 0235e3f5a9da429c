"""`limnod check`: the checks from the command line, with an exit code for scripts."""

import pytest

from assets.materialize import materialize
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from stack.cli import main
from tests.orchestration.log_sender import Sender


def test_a_healthy_lake_is_well(sender: Sender, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A line for each check of each view, and exit code 0.
    """
    assert main(["check", "log_entries"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok      log_entries          fresh ")
    assert lines[-1] == "all is well"


def test_trouble_is_named_with_what_to_do(
    sender: Sender, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A refused block: exit code 1, and where to look.
    """
    sender.send(2, payload=b"no block at all")
    materialize(sender.lake, view_named("log_entries"), TableCache())
    assert main(["check", "log_entries", "measures"]) == 1
    said = capsys.readouterr().out
    refused = next(line for line in said.splitlines() if line.startswith("FAILED"))
    assert refused.split()[1:3] == ["log_entries", "quarantine_empty"]
    assert "1 block" in refused
    assert "limnod" in refused or "retry" in refused, "and what to do"
    assert said.splitlines()[-1] == "1 check failed"


def test_an_unknown_view_is_named(sender: Sender, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With those there are.
    """
    assert main(["check", "logs"]) == 1
    assert "no view 'logs'; there are: log_entries" in capsys.readouterr().err
