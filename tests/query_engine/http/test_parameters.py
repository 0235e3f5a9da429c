"""Values that JSON does not have, as objects of one key."""

import json
import math

import pytest

from tests.query_engine.http.asking import ask


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ({"timestamp": "2026-01-31T12:00:00.000000001+01:00"}, "timestamp[ns, tz=UTC]",
         "2026-01-31T11:00:00.000000001Z"),
        ({"date": "2026-01-31"}, "date32[day]", "2026-01-31"),
        ({"decimal": "1.50"}, "decimal128(3, 2)", "1.50"),
        ({"binary": "AP8="}, "binary", "AP8="),
        ({"duration": 3_000_001}, "duration[ns]", 3_000_001),
        ({"double": 2}, "double", 2.0),
        ({"timestamp": None}, "timestamp[ns, tz=UTC]", None),
        ([{"date": "2026-01-31"}, None], "list<item: date32[day]>", ["2026-01-31", None]),
    ],
)  # fmt: skip
def test_a_value_has_the_type_that_it_says(client, value, kind, shown):
    """
    A NULL may have a type as well, and the elements of arrays.
    """
    for params, sql in (([value], "SELECT ? AS v"), ({"v": value}, "SELECT :v AS v")):
        answer = ask(client, sql, params=params).json()
        found = answer["columns"][0]["type"]
        assert found == kind or (kind.startswith("list") and "date32" in found)
        assert answer["rows"] == [{"v": shown}]


def test_what_json_cannot_count_is_a_double(client):
    """
    NaN and infinities have names.
    """
    for name in ("NaN", "Infinity", "-Infinity"):
        sql = "SELECT CAST(? AS VARCHAR) AS v"
        row = ask(client, sql, params=[{"double": name}]).json()["rows"][0]
        found = float(row["v"])
        assert found == float(name) or math.isnan(found)


@pytest.mark.parametrize(
    "value",
    [
        {"timestamp": "soon"},
        {"timestamp": 5},
        {"date": "2026-02-30"},
        {"decimal": "much"},
        {"decimal": "NaN"},
        {"decimal": "1e1000"},
        {"binary": "not base64"},
        {"duration": 2**70},
        {"duration": True},
        {"double": "big"},
        {"double": []},
        {"nothing": 1},
        {"a": 1, "b": 2},
        {},
        [{"date": []}],
        [[{"date": "2026-01-31"}]],
    ],
    ids=json.dumps,
)
def test_what_is_not_of_its_type_is_refused(client, value):
    """
    With the parameter's name, before anything runs.
    """
    answer = ask(client, "SELECT :x AS v", params={"x": value})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "sql_parameter"
    assert "x" in error["message"]
