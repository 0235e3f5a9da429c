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


TYPED = pl.DataFrame(
    {
        "n": range(4),
        "l": pl.Series(
            [
                [
                    {"key": key, "value": value}
                    for key, value in (
                        *(("i", "-9223372036854775808"), ("d", "0.1"), ("b", "true"), ("s", "1")),
                        *(("a", '[1,"x"]'), ("m", '{"k":null}'), ("raw", "AQI="), ("nan", "NaN")),
                        *(("none", ""), ("odd", "x")),
                    )
                ],
                [{"key": "i", "value": "1"}],
                [],
                None,
            ],
            dtype=ENTRIES,
        ),
        "types": [
            (
                '{"i":"int","d":"double","b":"bool","a":"array","m":"map","raw":"bytes",'
                '"nan":"double","none":"null","odd":"int"}'
            ),
            None,
            '{"i":"int"}',
            None,
        ],
    }
).with_columns(m=pl.col("l").cast(pl.Map(pl.String(), pl.String())))


@pytest.mark.parametrize("form", ["m", "l"])
def test_properties_have_the_types_that_a_column_tells(form: str) -> None:
    """
    typed_properties: what does not look as its type says, bytes and what JSON lacks stay texts.
    """
    sql = f"SELECT jsonb_format_json(typed_properties({form}, types)) FROM t ORDER BY n"
    assert column(sql, t=TYPED) == [
        (
            '{"a":[1,"x"],"b":true,"d":0.1,"i":-9223372036854775808,"m":{"k":null},"nan":"NaN",'
            '"none":null,"odd":"x","raw":"AQI=","s":"1"}'
        ),
        '{"i":"1"}',
        "{}",
        None,
    ]


@pytest.mark.parametrize("types", ["no JSON", "[1]", '{"n":7}', ""])
def test_types_that_are_none_make_no_difference(types: str) -> None:
    """
    The texts stay as they are.
    """
    sql = f"SELECT jsonb_format_json(typed_properties(property_map('n', '1'), '{types}'))"
    assert answer(sql) == '{"n":"1"}'


def test_properties_have_the_types_that_an_entry_tells() -> None:
    """
    The entry itself is left out; a map without it is one of texts.
    """
    entry = """map(['n', 'otel.types'], ['1', '{"n":"int"}'])"""
    assert answer(f"SELECT jsonb_format_json(typed_properties({entry}))") == '{"n":1}'
    assert answer("SELECT jsonb_format_json(typed_properties(property_map('n', '1')))") == (
        '{"n":"1"}'
    )
    assert column("SELECT typed_properties(m) FROM t WHERE m IS NULL", t=TYPED) == [None]
