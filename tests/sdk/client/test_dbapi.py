"""The standard database API: connections that are ready to be used."""

from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pytest

import limnograph.dbapi
from limnograph.client import QueryError


def test_rows_come_by_cursor_pandas_and_polars(flight_uri: str) -> None:
    """
    What takes a DBAPI connection takes this one, without a warning.
    """
    with limnograph.dbapi.connect(flight_uri) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT n, name FROM numbers WHERE n < ? ORDER BY n", (2,))
            assert cursor.fetchall() == [(0, "n0"), (1, "n1")]
        sql = "SELECT n FROM numbers"
        assert pd.read_sql(sql, connection)["n"].sum() == 45
        assert pl.read_database(sql, connection)["n"].sum() == 45


def test_a_range_and_a_token_go_with_every_query(flight_uri: str, service, monkeypatch) -> None:
    """
    As headers: the SQL stays as it is written.
    """
    seen = []
    original = service.query

    def query(sql: str, **given: object) -> object:
        seen.append((given["begin_ns"], given["end_ns"]))
        return original(sql, **given)

    monkeypatch.setattr(service, "query", query)
    begin = datetime(2026, 1, 31, tzinfo=UTC)
    with (
        limnograph.dbapi.connect(flight_uri, api_key="k", begin=begin, timeout=60) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT n FROM numbers")
        assert cursor.fetch_arrow_table().num_rows == 10
    assert seen == [(1_769_817_600_000_000_000, 7_258_118_400_000_000_000)]


def test_http_is_refused_with_what_would_do() -> None:
    """
    There is no database API over HTTP.
    """
    with pytest.raises(QueryError, match="give grpc://"):
        limnograph.dbapi.connect("http://127.0.0.1:9481")


def test_the_module_is_one_of_pep_249(flight_uri: str) -> None:
    """
    Its errors are the driver's, under the names that every such module has.
    """
    assert (limnograph.dbapi.apilevel, limnograph.dbapi.paramstyle) == ("2.0", "qmark")
    assert issubclass(limnograph.dbapi.ProgrammingError, limnograph.dbapi.Error)
    with (
        limnograph.dbapi.connect(flight_uri) as connection,
        connection.cursor() as cursor,
        pytest.raises(limnograph.dbapi.Error, match="nowhere"),
    ):
        cursor.execute("SELECT n FROM nowhere")
    with pytest.raises(AttributeError, match="no attribute 'cursor'"):
        limnograph.dbapi.cursor  # noqa: B018
