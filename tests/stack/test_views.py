"""`limnod views`: how much of the lake the tables hold, and what they lack."""

import pytest

from assets.materialize import materialize
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
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
    assert before["log_entries"][:5] == [view_named("log_entries").fingerprint, "0", "0", "0", "0"]
    assert before["log_entries"][7:9] == ["1", "blocks"]
    assert before["thread_spans"][-2:] == ["-", "-"]
    materialize(sender.lake, view_named("log_entries"), TableCache())
    after = said(capsys, "log_entries")["log_entries"]
    assert after[1:5] == ["1", "0", "1", "5"]
    assert after[7:9] == ["0", "blocks"]
