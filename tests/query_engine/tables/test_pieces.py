"""The files of a view as pieces: what their statistics prove, and what is read because of it."""

from datetime import date

import polars as pl
import pytest

from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.sql.catalog import ColumnPredicate
from query_engine.tables.pieces import pieces_of, within

LOGS = view_named("log_entries")
US = pl.Datetime("us", "UTC")
T0_NS = 1_760_000_000_123_456_789
KNOWN = frozenset({"time", "process_id"})


def files(*bounds) -> pl.DataFrame:
    """Return statistics of files with these bounds of time in us, for process "p"."""
    return pl.DataFrame(
        {
            "num_records": [10] * len(bounds),
            "process_id": ["p"] * len(bounds),
            "min_time": pl.Series([low for low, _ in bounds], dtype=pl.Int64).cast(US),
            "max_time": pl.Series([high for _, high in bounds], dtype=pl.Int64).cast(US),
            "min_msg": ["a"] * len(bounds),
            "max_msg": ["a"] * len(bounds),
        }
    )


def pieces(*predicates, column="time"):
    """Return the pieces of two files, 1-2 ms and 2-3 ms."""
    found = [ColumnPredicate(*one) for one in predicates]
    return pieces_of(files((1000, 2000), (2000, 3000)), [4, 7], found, column, KNOWN)


def test_bounds_are_told_in_nanoseconds_and_never_too_narrow() -> None:
    """
    A stored microsecond may be up to 999 ns earlier than the row's time.
    """
    first, second = pieces()
    assert (first.number, first.low, first.high) == (4, 1_000_000, 2_000_999)
    assert (second.number, second.low, second.high) == (7, 2_000_000, 3_000_999)
    assert first.rows == 10
    assert first.whole


@pytest.mark.parametrize(
    ("predicate", "whole"),
    [
        (("time", ">=", 1_000_000), [True, True]),
        (("time", ">=", 1_000_001), [False, True]),
        (("time", "<=", 2_000_999), [True, False]),
        (("time", "<=", 2_000_998), [False, False]),
        (("time", "=", 1_000_000), [False, False]),
        (("process_id", "=", "p"), [True, True]),
        (("process_id", "in", ("p", "q")), [True, True]),
        (("process_id", "=", "q"), [False, False]),
        (("msg", "=", "a"), [False, False]),
        (("level", "=", 1), [False, False]),
    ],
)
def test_a_file_is_whole_only_when_its_bounds_prove_it(predicate, whole) -> None:
    """
    Text in statistics is cut, so equal bounds of text prove nothing; partition values do.
    """
    assert [piece.whole for piece in pieces(predicate)] == whole


def test_unknown_bounds_prove_nothing() -> None:
    """
    A file without statistics is read.
    """
    found = pieces_of(files((None, None)), [0], [ColumnPredicate("time", ">", 0)], "time", KNOWN)
    assert not found[0].whole
    assert found[0].low is None
    assert not within(ColumnPredicate("on", "=", date(2026, 1, 1)), None, None)


def logs(*ticks):
    """Return log rows at these ticks."""
    return [{"time": tick, "msg": f"at {tick}"} for tick in ticks]


@pytest.fixture
def five_files(asked, filled, new_sender):
    """Materialize five files, a second of time apart each, and leave one block in the tail."""
    for second in range(5):
        begin = second * 1_000_000_000
        filled.write(new_sender(), logs(begin + 1, begin + 2, begin + 500_000))
        materialize(filled.lake, LOGS, filled.tables)
    filled.write(new_sender(), logs(7_000_000_000))
    return asked


def test_counts_and_ends_are_exact_with_a_tail(five_files) -> None:
    """
    Files are counted from the log, the tail from its rows, the ends to the nanosecond.
    """
    found = five_files.rows("SELECT count(*) AS n, min(time) AS a, max(time) AS z FROM log_entries")
    assert found["n"].item() == 16
    assert found["a"].to_physical().item() == T0_NS + 1
    assert found["z"].to_physical().item() == T0_NS + 7_000_000_000


def test_a_count_reads_no_file(five_files) -> None:
    """
    The number of rows stands in the log.
    """
    before = five_files.counted("limnograph_query_files_scanned", "log_entries")
    assert five_files.rows("SELECT count(*) AS n FROM log_entries")["n"].item() == 16
    assert five_files.counted("limnograph_query_files_scanned", "log_entries") == before


def test_the_range_of_the_call_is_obeyed(five_files) -> None:
    """
    A file that reaches beyond the range is read, not counted.
    """
    found = five_files.rows(
        "SELECT count(*) AS n, min(time) AS a FROM log_entries",
        begin_ns=T0_NS + 1_000_000_002,
        end_ns=T0_NS + 3_000_000_001,
    )
    assert found["n"].item() == 6
    assert found["a"].to_physical().item() == T0_NS + 1_000_000_002


@pytest.mark.parametrize("where", ["", "WHERE msg LIKE 'at %'"])
def test_the_newest_rows_are_found_with_and_without_a_filter(five_files, where) -> None:
    """
    Newest first, over tail and files, in the order of time.
    """
    found = five_files.rows(f"SELECT msg FROM log_entries {where} ORDER BY time DESC LIMIT 3")
    assert found["msg"].to_list() == ["at 7000000000", "at 4000500000", "at 4000000002"]


def test_newest_rows_leave_old_files_unread(five_files) -> None:
    """
    Of five files the last is enough.
    """
    before = five_files.counted("limnograph_query_files_scanned", "log_entries")
    five_files.rows("SELECT msg FROM log_entries ORDER BY time DESC LIMIT 2")
    assert five_files.counted("limnograph_query_files_scanned", "log_entries") - before <= 1
