"""Vacuum as a task: what compaction replaced goes, later; what queries may need stays."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from assets.maintain.compaction import COMPACTION, CompactionSettings
from assets.maintain.task import Site, run
from assets.maintain.vacuuming import VACUUMING, VacuumSettings
from assets.materialize import materialize
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES


def test_files_that_were_just_replaced_stay_for_those_who_read_them(filled, new_sender) -> None:
    """
    Right after a compaction nothing is deleted: a running query may have pinned the old files.
    """
    sender = new_sender()
    for number in range(4):
        filled.write(sender, [{"time": number, "msg": f"m{number}"}])
        materialize(filled.lake, LOG_ENTRIES, filled.tables)
    site = Site(filled.lake, filled.tables, datetime.now(UTC) + timedelta(days=1), BUILT_IN)
    run(COMPACTION, site, CompactionSettings(), dry_run=False)
    outcome = run(VACUUMING, site, VacuumSettings(views=["log_entries"]), dry_run=False)
    assert [step.subject for step, _ in outcome.done] == ["log_entries"]
    assert outcome.numbers == {"files deleted": 0}
    assert filled.read(LOG_ENTRIES).height == 4


def test_tables_that_do_not_exist_are_no_step(filled) -> None:
    """
    An empty lake has nothing to vacuum.
    """
    site = Site(filled.lake, filled.tables, datetime.now(UTC), BUILT_IN)
    assert run(VACUUMING, site, VacuumSettings(), dry_run=True).planned == []


def test_keeping_less_than_queries_need_is_refused() -> None:
    """
    The limit is told before anything is planned.
    """
    with pytest.raises(ValidationError, match="keep_hours"):
        VacuumSettings(keep_hours=0)
