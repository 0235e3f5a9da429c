"""Properties in every form that they come in: maps, arrays of key and value, JSON."""

import polars as pl
import pytest

from query_engine.functions.function import ENTRIES
from tests.query_engine.functions.answers import answer, column

PAIRS = [{"key": "Route", "value": "/pay"}, {"key": "n", "value": "1"}]
ROWS = pl.DataFrame(
    {
        "n": range(3),
        "l": pl.Series([PAIRS, [], None], dtype=ENTRIES),
        "k": ["route", "n", "n"],
    }
).with_columns(
    m=pl.col("l").cast(pl.Map(pl.String(), pl.String())),
    j=pl.Series([b'{"Route":"/pay","n":"1"}', b"{}", None], dtype=pl.Binary),
)
FORMS = ["m", "l", "j"]


@pytest.mark.parametrize("form", FORMS)
def test_a_property_is_found_in_every_form(form: str) -> None:
    """
    property_get: the key in any capitals, constant or not; NULL if it is missing.
    """
    assert column(f"SELECT property_get({form}, 'ROUTE') FROM t ORDER BY n", t=ROWS) == [
        "/pay",
        None,
        None,
    ]
    assert column(f"SELECT property_get({form}, k) FROM t ORDER BY n", t=ROWS) == [
        "/pay",
        None,
        None,
    ]
    assert column(f"SELECT property_get({form}, 'none') FROM t", t=ROWS) == [None] * 3


@pytest.mark.parametrize("form", FORMS)
def test_forms_change_into_each_other(form: str) -> None:
    """
    Whatever the form, the same entries and the same JSON come out, NULL for NULL.
    """
    assert column(f"SELECT properties_length({form}) FROM t ORDER BY n", t=ROWS) == [2, 0, None]
    for name in ("properties_to_dict", "properties_to_array"):
        assert column(f"SELECT {name}({form}) FROM t ORDER BY n", t=ROWS) == [PAIRS, [], None]
    texts = column(
        f"SELECT jsonb_format_json(properties_to_jsonb({form})) FROM t ORDER BY n", t=ROWS
    )
    assert texts == ['{"Route":"/pay","n":"1"}', "{}", None]


@pytest.mark.parametrize("form", FORMS)
def test_json_functions_take_properties_as_they_are(form: str) -> None:
    """
    Queries written for properties stored as JSON work on maps.
    """
    sql = f"SELECT jsonb_as_string(jsonb_get({form}, 'route')) FROM t ORDER BY n"
    assert column(sql, t=ROWS) == ["/pay", None, None]
    assert column(f"SELECT jsonb_object_keys({form}) FROM t ORDER BY n", t=ROWS) == [
        ["Route", "n"],
        [],
        None,
    ]


def test_json_values_other_than_strings_are_shown_as_json() -> None:
    """
    property_get of JSON: strings raw, the rest as text, null too.
    """
    value = """jsonb_parse('{"s": "a\\"b", "n": 1.50, "l": [1, "x"], "z": null}')"""
    assert answer(f"SELECT property_get({value}, 's')") == 'a"b'
    assert answer(f"SELECT property_get({value}, 'n')") == "1.5"
    assert answer(f"SELECT property_get({value}, 'l')") == '[1,"x"]'
    assert answer(f"SELECT property_get({value}, 'z')") == "null"


def test_json_that_is_no_object_has_no_properties() -> None:
    """
    Length 0, no entries, no value.
    """
    assert answer("SELECT properties_length(jsonb_parse('[1]'))") == 0
    assert answer("SELECT properties_to_dict(jsonb_parse('[1]'))") is None
    assert answer("SELECT property_get(jsonb_parse('1'), 'a')") is None
