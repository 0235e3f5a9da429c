"""`limnod views`: how much of the lake the tables hold, and what they lack."""

from dataclasses import replace

import pytest

from assets.materialize import materialize
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
from assets.views.generation import fingerprint_of
from stack.cli import main
from tests.orchestration.log_sender import Sender


def said(capsys: pytest.CaptureFixture[str], *views: str) -> dict[str, list[str]]:
    """Return the cells of each view's line."""
    assert main(["views", *views]) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines}


def test_a_line_for_each_view_says_what_its_table_holds_and_lacks(
    sender: Sender, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Before materialization a block is lacking, after it there are its rows.
    """
    sender.send(5)
    before = said(capsys)
    assert list(before) == [view.name for view in VIEWS]
    fingerprint = fingerprint_of(view_named("log_entries"))
    assert before["log_entries"][:6] == [fingerprint, "0", "0", "0", "100%", "0"]
    assert before["log_entries"][9:11] == ["1", "blocks"]
    assert before["thread_spans"][-2:] == ["-", "-"]
    materialize(sender.lake, view_named("log_entries"), TableCache())
    after = said(capsys, "log_entries")["log_entries"]
    assert after[1:7] == ["1", "0", "0", "100%", "1", "5"]
    assert after[9:11] == ["0", "blocks"]


def test_it_says_how_far_a_changed_view_is_rebuilt(
    sender: Sender, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What an older version has built is counted apart, and a line below the table says which hours.
    """
    sender.send(5)
    older = replace(view_named("log_entries"), version=0)
    materialize(sender.lake, older, TableCache())
    assert main(["views", "log_entries"]) == 0
    _, line, _, note = capsys.readouterr().out.splitlines()
    assert line.split()[2:6] == ["1", "1", "0", "0%"]
    assert note.startswith("log_entries: 0 of 1 slices are rebuilt (0% of the bytes); those from")
