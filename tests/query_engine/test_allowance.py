"""How much one query may ask for, where an operator says so."""

import pytest

from assets.views.catalog import view_named
from query_engine.allowance import Allowance
from query_engine.errors import RangeTooWide, ResultTooLarge, ScanTooLarge
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.sql.catalog import ColumnPredicate

LOGS, SPANS = view_named("log_entries"), view_named("thread_spans")
SECOND = 1_000_000_000


def between(low, high, column="time"):
    """Return a range as a scan knows it."""
    return [ColumnPredicate(column, ">=", low), ColumnPredicate(column, "<=", high)]


def test_nothing_is_limited_by_default():
    """
    An own lake is nobody else's business.
    """
    allowance = Allowance()
    allowance.check_result(10**12)
    allowance.check_scan(10**15)
    allowance.check_range(LOGS, [])


def test_a_range_is_as_wide_as_all_conditions_together_leave_it():
    """
    Conditions of the text count like begin and end; one without an end ends now.
    """
    allowance = Allowance(range_seconds_max=10)
    allowance.check_range(LOGS, between(0, 10 * SECOND))
    allowance.check_range(LOGS, [*between(0, 100 * SECOND), *between(50 * SECOND, 55 * SECOND)])
    for predicates in (
        [],
        between(0, 10 * SECOND + 1),
        [ColumnPredicate("time", ">=", 0)],
        [ColumnPredicate("time", "<=", 0)],
        between(0, SECOND, column="insert_time"),
    ):
        with pytest.raises(RangeTooWide, match="range_seconds_max"):
            allowance.check_range(LOGS, predicates)


def test_a_range_of_spans_is_one_of_overlap():
    """
    A span belongs to a range that it ends after the begin of and begins before the end of.
    """
    allowance = Allowance(range_seconds_max=10)
    overlap = [
        ColumnPredicate(SPANS.time_column, "<=", 10 * SECOND),
        ColumnPredicate(SPANS.end_column, ">=", 0),
    ]
    allowance.check_range(SPANS, overlap)


def test_a_scan_over_its_bytes_is_refused():
    """
    With both figures and the setting.
    """
    Allowance(scan_bytes_max=5).check_scan(5)
    with pytest.raises(ScanTooLarge, match=r"6 bytes .* 5 .*scan_bytes_max"):
        Allowance(scan_bytes_max=5).check_scan(6)


def test_a_result_over_its_rows_ends_with_an_error(memory_tables, workers):
    """
    Never with fewer rows than there are; at the limit it is whole.
    """
    settings = QuerySettings(result_rows_max=1000)
    service = QueryService(memory_tables, settings, QueryMetrics(), workers)
    rows = [batch.num_rows for batch in service.query("SELECT n FROM many LIMIT 1000").batches]
    assert sum(rows) == 1000
    with pytest.raises(ResultTooLarge, match=r"1000 rows .*result_rows_max") as caught:
        list(service.query("SELECT n FROM many LIMIT 1001").batches)
    assert caught.value.http_status == 413
    assert service.close(5)
