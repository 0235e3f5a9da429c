"""Results as comma-separated values."""

import httpx
import polars as pl
import pytest

from tests.query_engine.http.asking import ask


def test_csv_tells_null_from_empty_text(client, memory_tables):
    """
    One header line, then the rows; NULL is nothing and an empty text is quoted.
    """
    memory_tables.frames["texts"] = pl.LazyFrame({"a,b": ["", None, 'x"y']})
    answer = ask(client, "SELECT * FROM texts", format="csv")
    assert answer.text == '"a,b"\n""\n\n"x""y"\n'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith('.csv"')


def test_an_empty_result_has_a_header_line(client):
    """
    So that its reader knows the columns.
    """
    assert ask(client, "SELECT t, s FROM empty", format="csv").text == "t,s\n"


def test_a_late_error_cuts_a_csv_body_off(client, late, caplog):
    """
    The connection breaks, so that no client takes the rows for a whole result. Only the query's
    own line in the log is about it.
    """
    body = {"sql": f"SELECT n FROM {late}", "format": "csv"}
    with client.stream("POST", "/api/query", json=body) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert {record.name for record in caplog.records if record.levelname == "ERROR"} == {
        "query_engine.run"
    }
