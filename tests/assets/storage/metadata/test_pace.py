"""The pace of materialization: an estimate that follows what was measured lately."""

import pytest

from assets.storage.metadata.limits import PACE_BLOCK_BYTES, PACE_WORK_MIN
from assets.storage.metadata.pace import paces, record_pace, work_of

MIB = 1 << 20


def test_a_view_that_was_never_measured_has_no_pace(metadata) -> None:
    """
    Who asks takes a default.
    """
    assert paces(metadata.reader) == {}


def test_the_pace_is_seconds_by_work_and_newer_runs_count_more(metadata) -> None:
    """
    After a few runs at another pace the old one is forgotten.
    """
    record_pace(metadata.reader, "log_entries", 0, 10 * MIB, 10.0)
    assert paces(metadata.reader)["log_entries"] == pytest.approx(1 / MIB)
    record_pace(metadata.reader, "log_entries", 0, 10 * MIB, 20.0)
    assert 1.5 / MIB < paces(metadata.reader)["log_entries"] < 2 / MIB
    for _ in range(12):
        record_pace(metadata.reader, "log_entries", 0, 10 * MIB, 20.0)
    assert paces(metadata.reader)["log_entries"] == pytest.approx(2 / MIB, rel=0.05)


def test_a_block_is_work_besides_its_payload(metadata) -> None:
    """
    A thousand blocks of nothing take time too: PACE_BLOCK_BYTES each.
    """
    assert work_of(1000, 5) == 1000 * PACE_BLOCK_BYTES + 5
    record_pace(metadata.reader, "measures", 1000, 0, 4.0)
    assert paces(metadata.reader)["measures"] == pytest.approx(4 / (1000 * PACE_BLOCK_BYTES))


def test_a_run_of_little_work_says_nothing(metadata) -> None:
    """
    Below PACE_WORK_MIN it would be the time of a start, not of work.
    """
    record_pace(metadata.reader, "log_entries", 0, PACE_WORK_MIN - 1, 9.0)
    assert paces(metadata.reader) == {}
