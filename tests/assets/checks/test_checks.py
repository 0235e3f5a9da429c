"""Every check passes on a healthy lake, and fails, with what to do, on the trouble it is for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.checks import limits
from assets.checks.catalog import CHECKS
from assets.checks.check import Verdict, ask
from assets.maintain.task import Site
from assets.materialize import materialize
from assets.storage.metadata.retention import Rule, set_rule
from assets.storage.tables import TableCache, append, replace_slices, retire_slices
from assets.views.catalog import VIEWS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec, to_storage

ROOT = Path(__file__).resolve().parents[3]
BY_NAME = {check.name: check for check in CHECKS}
PAIRS = [(check, view) for check in CHECKS for view in VIEWS if check.applies(view)]


def asked(filled, name: str, *, view=LOG_ENTRIES, after: timedelta = timedelta(0)) -> Verdict:
    """Ask one check, as if so much time had passed."""
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after)
    return ask(BY_NAME[name], site, view)


def sent(filled, new_sender, blocks: int = 3) -> None:
    """Send so many blocks of two log records."""
    rows = [{"time": 1, "msg": "a"}, {"time": 2, "msg": "b"}]
    filled.write(new_sender(), *[rows] * blocks)


@pytest.mark.parametrize(("check", "view"), PAIRS, ids=lambda value: value.name)
def test_a_new_lake_passes_every_check(filled, check, view) -> None:
    """
    Nothing was sent, no table exists: nothing is wrong.
    """
    verdict = ask(check, Site(filled.lake, filled.tables, datetime.now(UTC)), view)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    "check", [c for c in CHECKS if c.applies(LOG_ENTRIES)], ids=lambda c: c.name
)
def test_a_lake_that_is_up_to_date_passes(filled, new_sender, check) -> None:
    """
    Everything that was sent is in the table, a day later too.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    site = Site(filled.lake, filled.tables, datetime.now(UTC) + timedelta(days=1))
    verdict = ask(check, site, LOG_ENTRIES)
    assert verdict.passed, verdict.message


def test_a_table_that_lacks_an_old_block_is_late(filled, new_sender) -> None:
    """
    Fresh blocks may wait; after a while somebody must look, and is told where.
    """
    sent(filled, new_sender)
    assert asked(filled, "fresh").passed
    verdict = asked(filled, "fresh", after=limits.LAG_MAX + timedelta(minutes=1))
    assert not verdict.passed
    assert verdict.message.startswith("3 blocks of ")
    assert "uncovered_slices" in verdict.message
    assert verdict.numbers["lag_s"] >= limits.LAG_MAX.total_seconds()


def test_an_hour_that_ended_and_is_not_covered_is_a_gap(filled, new_sender) -> None:
    """
    It is named, so that it can be launched.
    """
    sent(filled, new_sender)
    hour = datetime.now(UTC).strftime("%Y-%m-%dT")
    verdict = asked(filled, "no_gaps", after=limits.GAP_AGE_MAX + timedelta(hours=2))
    assert not verdict.passed
    assert hour in verdict.message
    assert verdict.numbers == {"hours": 1}


def test_a_block_whose_rows_are_gone_is_not_complete(filled, new_sender) -> None:
    """
    A table that claims to cover blocks that it does not hold is found out.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    spec = table_spec(LOG_ENTRIES)
    snapshot = filled.tables.snapshot(filled.lake, spec)
    ((slice_, position),) = snapshot.covered(LOG_ENTRIES.version).items()
    coverage = {slice_.app_id(LOG_ENTRIES.version): position}
    replace_slices(filled.lake, spec, snapshot, [slice_], spec.schema.empty_table(), coverage)
    verdict = asked(filled, "complete")
    assert not verdict.passed
    assert verdict.message.startswith("3 blocks lack rows: ")
    assert "Rebuild their hours" in verdict.message
    assert asked(filled, "no_duplicates").passed


def test_rows_that_are_there_twice_are_found(filled, new_sender) -> None:
    """
    As after a compaction that was not checked against another one.
    """
    sent(filled, new_sender)
    rows = filled.read(LOG_ENTRIES)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    spec = table_spec(LOG_ENTRIES)
    snapshot = filled.tables.snapshot(filled.lake, spec)
    ((slice_, position),) = snapshot.covered(LOG_ENTRIES.version).items()
    again = to_storage(rows, LOG_ENTRIES, slice_)
    append(filled.lake, spec, snapshot, again, {slice_.app_id(LOG_ENTRIES.version): position + 1})
    verdict = asked(filled, "no_duplicates")
    assert not verdict.passed
    assert verdict.numbers["blocks"] == 3
    assert asked(filled, "complete").passed


def test_slices_of_another_version_of_the_view_are_named(filled, new_sender) -> None:
    """
    After an upgrade that changes a view, until the sensor has rebuilt its slices.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    verdict = asked(filled, "as_described", view=replace(LOG_ENTRIES, version=99))
    assert not verdict.passed
    assert "1 slices were built by another version" in verdict.message


def test_an_ended_slice_of_many_files_wants_compaction(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Only once the hour has ended: before, files are still being added.
    """
    monkeypatch.setattr("assets.checks.shape.SLICE_FILES_MAX", 1)
    for _ in range(2):
        sent(filled, new_sender, 1)
        materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert asked(filled, "compact").passed
    verdict = asked(filled, "compact", after=timedelta(hours=3))
    assert not verdict.passed
    assert "Run the job compaction" in verdict.message


def test_a_table_of_too_many_files_is_told(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whatever their slices.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    monkeypatch.setattr("assets.checks.shape.TABLE_FILES_MAX", 0)
    assert not asked(filled, "compact").passed


def test_a_refused_block_is_in_quarantine_and_not_missing(filled, new_sender) -> None:
    """
    It has no rows because it cannot have any: one check says so, the other leaves it out.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}], payloads=[b"no block at all"])
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    verdict = asked(filled, "quarantine_empty")
    assert not verdict.passed
    assert verdict.message.startswith("1 blocks could not be decoded. SELECT * FROM quarantine")
    assert asked(filled, "complete").passed


def test_only_the_newest_slices_are_counted(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The cost of a check does not grow with the lake.
    """
    monkeypatch.setattr("assets.checks.reconciliation.SLICES_RECONCILED", 1)
    sent(filled, new_sender)
    filled.write(new_sender(), [{"time": 1, "msg": "later"}], shift=timedelta(hours=1))
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert isinstance(filled.read(LOG_ENTRIES), pl.DataFrame)
    assert asked(filled, "complete").numbers == {"slices": 1, "events": 1, "blocks": 0}


def test_slices_that_a_rule_emptied_are_not_missing(filled, new_sender) -> None:
    """
    What retention removed is gone on purpose.
    """
    sent(filled, new_sender)
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    with filled.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=1))
    slices = list(filled.covered(LOG_ENTRIES))
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), slices)
    assert asked(filled, "complete").passed


def test_the_page_names_every_check() -> None:
    """
    What the UI shows can be read about.
    """
    page = (ROOT / "docs/maintenance.md").read_text()
    assert [check.name for check in CHECKS if f"| `{check.name}` |" not in page] == []
