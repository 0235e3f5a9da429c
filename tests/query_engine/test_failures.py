"""What a client may see of an error."""

import polars as pl
import psycopg
import pytest

from assets.errors import ObjectMissing, StorageUnavailable
from assets.materialize import PayloadMissing
from query_engine.errors import QueryFailed, TimeLimit
from query_engine.failures import as_lake_error, error_fields, error_line, one_line
from query_engine.limits import ERROR_TEXT_BYTES_MAX
from query_engine.sql import plan
from query_engine.sql.errors import RunProblem, UnknownColumn
from tests.query_engine.sql.memory import NOW_NS, lake


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StorageUnavailable("Postgres at 10.0.0.1 did not answer"), StorageUnavailable),
        (psycopg.OperationalError("connection to 10.0.0.1 failed"), StorageUnavailable),
        (psycopg.errors.QueryCanceled("timeout on 10.0.0.1"), TimeLimit),
        (FileNotFoundError("No such file: /lake/10.0.0.1/tables"), StorageUnavailable),
        (ObjectMissing("s3://10.0.0.1/key"), QueryFailed),
        (RuntimeError("10.0.0.1"), QueryFailed),
        (KeyboardInterrupt("10.0.0.1"), QueryFailed),
    ],
)
def test_places_stay_on_the_server(error, kind):
    """
    Hosts, paths and keys of ours are in the log only.
    """
    shown = as_lake_error(error, "id")
    assert isinstance(shown, kind)
    assert "10.0.0.1" not in error_line(shown)
    assert error_line(shown).endswith("(query_id=id)")


def test_an_engine_error_about_a_value_is_shown_without_plan_and_paths():
    """
    The first paragraph says which value; column names are the query's own.
    """
    text = "conversion failed in column 'n#12' of /lake/tables/x.parquet\n\nin expression:\n col(1)"
    shown = as_lake_error(pl.exceptions.InvalidOperationError(text), "id")
    assert isinstance(shown, RunProblem)
    assert str(shown) == "conversion failed in column 'n' of ..."


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "SELECT CAST(msg || '7' AS INT) FROM log_entries WHERE level = 1",
            'cannot convert 1 value to int: ["started7"]; TRY_CAST makes them NULL',
        ),
        (
            "SELECT time > msg FROM log_entries WHERE msg LIKE 'F%'",
            'cannot convert 1 value to timestamp: ["Foo_bar"]; TRY_CAST makes them NULL',
        ),
        (
            "SELECT CAST(level * 1000 AS TINYINT) FROM log_entries WHERE level IN (2, 3)",
            "cannot convert 2 values to tinyint: [2000, 3000]; TRY_CAST makes them NULL",
        ),
        (
            "SELECT CAST(msg AS BOOLEAN) FROM log_entries",
            "cannot convert a text to boolean; TRY_CAST makes it NULL",
        ),
        ("SELECT decode(msg, 'hex') FROM log_entries", "decode: a text is not hex"),
        (
            "SELECT (SELECT level FROM log_entries)",
            "a subquery that stands for one value has 6 rows",
        ),
    ],
)
def test_what_values_do_is_said_in_the_words_of_sql(sql, said):
    """
    The engine's own words name its types, functions and options, which nobody wrote.
    """
    with pytest.raises(pl.exceptions.PolarsError) as raised:
        plan(sql, lake(), now_ns=NOW_NS).collect(engine="streaming")
    assert error_line(as_lake_error(raised.value, "")) == said


def test_more_rows_than_the_engine_counts_are_said_as_such():
    """
    The way out that the engine proposes is an installation of it, not another query.
    """
    text = "Polars' maximum length reached. Consider installing 'polars[rt64]'."
    said = error_line(as_lake_error(pl.exceptions.ComputeError(text), ""))
    assert said == "a step of the query has more than 4,294,967,295 rows; filter before joining"


def test_fields_have_the_position_once():
    """
    Line and column are numbers of their own, not a part of the message.
    """
    error = UnknownColumn("no column x", line=2, column=3, hint="did you mean y?")
    fields = error_fields(as_lake_error(error, "id"))
    assert fields == {
        "code": "unknown_column",
        "message": "no column x",
        "line": 2,
        "column": 3,
        "hint": "did you mean y?",
        "query_id": "id",
    }
    expected = "no column x (at line 2, column 3); did you mean y? (query_id=id)"
    assert error_line(error) == expected


def test_texts_are_one_line_of_bounded_length():
    """
    Protocols that carry errors in headers break on anything else.
    """
    assert one_line("a\n  b\tc") == "a b c"
    cut = one_line("é" * ERROR_TEXT_BYTES_MAX)
    assert len(cut.encode()) <= ERROR_TEXT_BYTES_MAX + 4
    assert cut.endswith(" ...")


def test_lost_payloads_are_named():
    """
    The operator can only bring back what the error names; a key is no place on a machine.
    """
    error = PayloadMissing("segments/2026/11/22/17/x.seg", [])
    assert "segments/2026/11/22/17/x.seg" in error_line(as_lake_error(error, "id"))


@pytest.mark.parametrize("interval", ["300 years", "100000 days", "600 years", "-400 years"])
def test_a_time_that_leaves_the_calendar_ends_the_query(interval):
    """
    Going round to the other end of the calendar would be a wrong answer that looks right.
    """
    sql = f"SELECT time + INTERVAL '{interval}' FROM log_entries"
    with pytest.raises(pl.exceptions.PolarsError) as raised:
        plan(sql, lake(), now_ns=NOW_NS).collect(engine="streaming")
    said = error_line(as_lake_error(raised.value, ""))
    assert said == "a timestamp lies between 1677 and 2262"


def test_a_time_that_would_leave_the_calendar_harms_only_rows_that_get_there():
    """
    CASE guards it like a division.
    """
    sql = "SELECT CASE WHEN level > 9 THEN time + INTERVAL '300 years' END AS t FROM log_entries"
    assert plan(sql, lake(), now_ns=NOW_NS).collect(engine="streaming")["t"].null_count() == 6
