"""Reports of builds: kept once, in order, and only so many of them."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from assets.storage.layout import Slice
from assets.storage.metadata import build_reports as module
from assets.storage.metadata.build_reports import (
    BuildReport,
    build_reports,
    forget_reports,
    report_build,
)

HOUR = datetime(2026, 11, 22, 17, tzinfo=UTC)


def made(number: int, process_id: str = "") -> BuildReport:
    """Return a report of two hours."""
    slices = (Slice(HOUR, process_id), Slice(HOUR + timedelta(hours=1), process_id))
    return BuildReport(uuid.uuid4(), "log_entries", slices, number, 5, 2, 0.25, "me")


def test_a_report_comes_back_as_it_was_sent_and_once(metadata) -> None:
    """
    Sent twice, because the answer was lost, it is one.
    """
    process_id = str(uuid.uuid4())
    sent = [made(1), made(2, process_id)]
    for report in (*sent, sent[0]):
        report_build(metadata.reader, report)
    found = build_reports(metadata.reader, 10)
    assert [one.report_id for one in found] == [one.report_id for one in sent]
    assert [one.process_id for one in found] == ["", process_id]
    assert (found[0].slices, found[0].rows, found[0].seconds) == (sent[0].slices, 1, 0.25)
    assert found[0].built_at is not None
    forget_reports(metadata.reader, [sent[0].report_id])
    assert [one.rows for one in build_reports(metadata.reader, 10)] == [2]


def test_beyond_the_limit_the_oldest_are_forgotten(
    metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    BUILD_REPORTS_MAX: with Dagster off for a month the table stays small.
    """
    monkeypatch.setattr(module, "BUILD_REPORTS_MAX", 3)
    for number in range(5):
        report_build(metadata.reader, made(number))
    assert [one.rows for one in build_reports(metadata.reader, 10)] == [2, 3, 4]
