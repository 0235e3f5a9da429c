"""What a client may see of an error."""

import polars as pl
import psycopg
import pytest

from assets.errors import ObjectMissing, StorageUnavailable
from assets.materialize import PayloadMissing
from query_engine.errors import QueryFailed, TimeLimit
from query_engine.failures import as_lake_error, error_fields, error_line, one_line
from query_engine.limits import ERROR_TEXT_BYTES_MAX
from query_engine.sql.errors import RunProblem, UnknownColumn


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
