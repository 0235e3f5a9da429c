"""Functions in FROM that make rows of values: of constants, of one value, of every row."""

import polars as pl
import pytest

from query_engine.functions.function import HISTOGRAM, BadValue
from query_engine.service import QueryService
from query_engine.sql import plan
from query_engine.sql.errors import RunProblem, SqlError
from query_engine.tables.memory import MemoryCatalog, MemoryTables

DOCUMENTS = pl.LazyFrame(
    {"n": [1, 2, 3], "j": [b'{"b":[1],"a":"x"}', None, b'["y",2]']},
    schema={"n": pl.Int64(), "j": pl.Binary()},
)
VALUES = pl.LazyFrame({"x": [1.0, 3.0, 3.5]})
CATALOG = MemoryCatalog({"t": DOCUMENTS, "v": VALUES})


def rows(sql: str) -> list[tuple[object, ...]]:
    """Return the rows of an answer."""
    return plan(sql, CATALOG, now_ns=0).collect(engine="streaming").rows()


def test_members_and_elements_are_rows() -> None:
    """
    jsonb_each: members by key, elements by place from 0, as JSON.
    """
    sql = "SELECT key, jsonb_format_json(value) FROM jsonb_each(jsonb_parse('{}')) ORDER BY key"
    assert rows(sql.replace("{}", '{"b": [1], "a": null}')) == [("a", "null"), ("b", "[1]")]
    assert rows(sql.replace("{}", '["x", 2]')) == [("0", '"x"'), ("1", "2")]
    assert rows(sql) == []


def test_every_row_of_a_subquery_is_taken_apart() -> None:
    """
    One after another; NULL has no rows.
    """
    sql = "SELECT key, jsonb_format_json(value) FROM jsonb_each((SELECT j FROM t)) ORDER BY key"
    assert rows(sql) == [("0", '"y"'), ("1", "2"), ("a", '"x"'), ("b", "[1]")]
    elements = (
        "SELECT jsonb_format_json(value) FROM jsonb_array_elements((SELECT j FROM t WHERE n = 3))"
    )
    assert rows(elements) == [('"y"',), ("2",)]


def test_maps_are_taken_apart_as_objects() -> None:
    """
    Properties need no conversion.
    """
    call = "jsonb_each(property_map('route', '/pay'))"
    assert rows(f"SELECT key, jsonb_as_string(value) FROM {call}") == [("route", "/pay")]


def test_null_has_no_rows() -> None:
    """
    Not an error: a document may lack what is asked for.
    """
    for name in ("jsonb_each", "jsonb_array_elements"):
        assert rows(f"SELECT * FROM {name}(jsonb_get(jsonb_parse('{{}}'), 'a'))") == []
        assert rows(f"SELECT * FROM {name}((SELECT j FROM t WHERE n = 2))") == []
        assert rows(f"SELECT * FROM {name}(NULL)") == []


def test_json_that_cannot_be_taken_apart_is_an_error() -> None:
    """
    A single value has no members, and only an array has elements.
    """
    with pytest.raises(BadValue, match="an object or an array"):
        rows("SELECT * FROM jsonb_each(jsonb_parse('1'))")
    with pytest.raises(BadValue, match="takes a JSON array"):
        rows("SELECT * FROM jsonb_array_elements(jsonb_parse('{}'))")


def test_a_subquery_without_rows_is_an_error_where_one_is_expected() -> None:
    """
    jsonb_each and expand_histogram say so; jsonb_array_elements has no rows then.
    """
    with pytest.raises(BadValue, match="jsonb_each returned no rows"):
        rows("SELECT * FROM jsonb_each((SELECT j FROM t WHERE n > 5))")
    with pytest.raises(BadValue, match="jsonb_each returned no rows"):
        rows("SELECT count(*) FROM jsonb_each((SELECT j FROM t WHERE n > 5))")
    with pytest.raises(BadValue, match="expand_histogram returned no rows"):
        rows(
            "SELECT * FROM expand_histogram("
            "(SELECT make_histogram(0, 4, 2, x) FROM v WHERE x > 9 GROUP BY x))"
        )
    assert rows("SELECT * FROM jsonb_array_elements((SELECT j FROM t WHERE n > 5))") == []


def test_a_histogram_is_a_row_for_each_bin() -> None:
    """
    Centre and count; of several rows the first.
    """
    sql = "SELECT * FROM expand_histogram((SELECT make_histogram(0, 4, 2, x) FROM v)) ORDER BY 1"
    assert rows(sql) == [(1.0, 1), (3.0, 2)]
    by_value = "SELECT make_histogram(0, 4, 2, x) FROM v GROUP BY x"
    assert rows(f"SELECT sum(count) FROM expand_histogram(({by_value}))") == [(1,)]


def test_bins_of_a_point_are_shown_one_wide() -> None:
    """
    A range without width still has its bins.
    """
    sql = "SELECT * FROM expand_histogram((SELECT make_histogram(3, 3, 2, x) FROM v)) ORDER BY 1"
    assert rows(sql) == [(3.5, 2), (4.5, 1)]


def test_a_null_histogram_has_no_rows() -> None:
    """
    As that of columns without rows.
    """
    catalog = MemoryCatalog({"h": pl.LazyFrame({"h": [None]}, schema={"h": HISTOGRAM})})
    frame = plan("SELECT * FROM expand_histogram((SELECT h FROM h))", catalog, now_ns=0)
    assert frame.collect().height == 0
    assert rows("SELECT * FROM expand_histogram(NULL)") == []


def test_the_rows_are_joined_filtered_and_aliased_like_a_table() -> None:
    """
    A function in FROM is a relation.
    """
    sql = (
        "SELECT e.k, count(*) FROM jsonb_each((SELECT j FROM t WHERE n = 1)) AS e(k, val) "
        "JOIN jsonb_array_elements(jsonb_parse('[1, 2]')) AS a ON true "
        "WHERE e.k > 'a' GROUP BY e.k"
    )
    assert rows(sql) == [("b", 2)]
    assert rows("SELECT value FROM jsonb_array_elements(jsonb_parse('[1, 2]')) LIMIT 1") == [
        (b"1",)
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("jsonb_each((SELECT n, j FROM t))", "one column, not 2"),
        ("jsonb_each((SELECT n FROM t))", "takes JSON"),
        ("jsonb_each()", "does not take 0 arguments"),
        ("jsonb_each('{}')", "takes JSON"),
        ("expand_histogram((SELECT x FROM v))", "takes a histogram"),
        ("jsonb_each(t.j)", "t"),
        ("no_such_function(1)", "no table function 'no_such_function'"),
    ],
)
def test_a_wrong_call_is_refused_with_its_place(call: str, message: str) -> None:
    """
    Before anything runs, with line and column.
    """
    with pytest.raises(SqlError, match=rf"{message}.*line 1, column"):
        rows(f"SELECT * FROM {call}")


def test_errors_of_values_reach_the_client_from_a_worker(
    service: QueryService, memory_tables: MemoryTables
) -> None:
    """
    A plan with functions of ours runs in another process; what it says about a value comes back as
    an error of the query, with its words.
    """
    memory_tables.frames["t"] = DOCUMENTS
    stream = service.query("SELECT key FROM jsonb_each((SELECT j FROM t)) ORDER BY key")
    keys = [key for batch in stream.batches for key in batch["key"].to_pylist()]
    assert keys == ["0", "1", "a", "b"]
    with pytest.raises(RunProblem, match="takes a JSON array"):
        list(service.query("SELECT * FROM jsonb_array_elements(jsonb_parse('1'))").batches)
