"""orchestration.preview: the newest rows of an hour, as SQL shows them, at a bounded cost."""

import re
from collections.abc import Mapping
from datetime import datetime

import polars as pl
import pytest

from assets.materialize import materialize
from assets.storage.layout import Slice
from assets.storage.tables import Snapshot
from assets.views.catalog import VIEWS, view_named
from assets.views.physical import table_spec
from orchestration import preview
from orchestration.lake_resource import LakeResource
from orchestration.limits import PREVIEW_COLUMNS_MAX, PREVIEW_ROWS_MAX
from tests.orchestration.log_sender import Sender

LOGS = view_named("log_entries")


@pytest.fixture
def logs(sender: Sender, this_hour: datetime) -> Snapshot:
    """Return a table with two files, of 20 and of 3 log rows."""
    opened = LakeResource().open()
    for rows in (20, 3):
        sender.send(rows)
        materialize(opened.lake, LOGS, opened.tables, slices=[Slice(this_hour)])
    return opened.tables.snapshot(opened.lake, table_spec(LOGS))


def shown(snapshot: Snapshot, options: Mapping[str, str]) -> str | None:
    """Return the preview of a whole table of logs."""
    return preview.newest_rows(snapshot, LOGS, snapshot.files, options)


def test_the_newest_rows_come_first_to_the_nanosecond(sender: Sender, logs: Snapshot) -> None:
    """
    As many as there is room for, with the columns that say most to people.
    """
    largest = logs.files.filter(pl.col("num_records") == 20)
    text = preview.newest_rows(logs, LOGS, largest, sender.lake.delta_options)
    assert text is not None
    header, _, *rows = text.splitlines()
    assert header.startswith("| time | ")
    assert "| msg |" in header
    assert len(rows) == PREVIEW_ROWS_MAX
    assert ["event 19" in row for row in rows] == [True, False, False, False, False]
    assert rows == sorted(rows, reverse=True)
    assert re.match(r"\| `\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}` \|", rows[0])


def test_a_file_with_too_many_rows_is_not_read(
    sender: Sender, logs: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    PREVIEW_FILE_ROWS_MAX: a smaller file stands in; with none, there is no preview.
    """
    monkeypatch.setattr(preview, "PREVIEW_FILE_ROWS_MAX", 10)
    text = shown(logs, sender.lake.delta_options)
    assert text is not None
    assert len(text.splitlines()) == 2 + 3
    monkeypatch.setattr(preview, "PREVIEW_FILE_ROWS_MAX", 2)
    assert shown(logs, sender.lake.delta_options) is None


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_shows_its_time_and_what_people_read(view) -> None:
    """
    The time comes first, ids only where there is room.
    """
    names = preview.shown_columns(view)
    assert names[0] == view.time_column
    assert 0 < len(names) <= PREVIEW_COLUMNS_MAX
    assert set(names) <= {column.name for column in view.columns}


def test_values_are_written_as_people_read_them() -> None:
    """
    Nothing is empty, a map is key=value.
    """
    assert preview.as_text(None) == ""
    assert preview.as_text({"route": "/pay", "n": "1"}) == "route=/pay, n=1"
    assert preview.as_text(1.5) == "1.5"
