"""JSON values in SQL: what counts as JSON, what a value of another type gives, case of keys."""

import pickle
import time

import polars as pl
import pytest

from query_engine.functions.function import BadValue
from query_engine.functions.json.documents import parsed
from query_engine.functions.json.jsonb_get import compute
from query_engine.functions.json.limits import DEPTH_MAX
from query_engine.functions.rowwise import Rowwise
from query_engine.sql.errors import SqlError
from tests.query_engine.functions.answers import answer, column

TEXTS = pl.DataFrame({"n": range(4), "text": ['{"b": 1, "A": "x"}', "[1, 2]", "{", None]})


@pytest.mark.parametrize("text", ["", "{", "[1,]", "NaN", "{'a': 1}", '"\\ud800"', "1 2", "1e400"])
def test_a_text_that_is_no_json_is_null(text: str) -> None:
    """
    One bad row does not end a query.
    """
    assert parsed(text) is None
    assert column("SELECT jsonb_parse(text) IS NULL FROM t ORDER BY n", t=TEXTS) == [
        False,
        False,
        True,
        True,
    ]


def test_equal_values_are_equal_bytes() -> None:
    """
    Documents can be grouped and joined: order of keys, spaces and the way a number is written do
    not matter; of a repeated key the last counts.
    """
    assert parsed('{"a": 1, "b": [1.50]}') == parsed('{ "b":[1.5],"a":1}') == b'{"a":1,"b":[1.5]}'
    assert parsed('{"a": 1, "a": 2}') == b'{"a":2}'
    assert parsed("18446744073709551615") == b"18446744073709551615"


def test_text_nested_deeper_than_the_limit_is_null_and_never_an_accident() -> None:
    """
    DEPTH_MAX levels are JSON; one more is none. Putting such a document into an array says why it
    fails.
    """
    deep = "[" * DEPTH_MAX + "]" * DEPTH_MAX
    assert parsed(deep) is not None
    assert parsed(f"[{deep}]") is None
    with pytest.raises(BadValue, match=str(DEPTH_MAX)):
        answer(f"SELECT jsonb_path_query(jsonb_parse('{deep}'), '$')")


def test_json_is_shown_with_sorted_keys() -> None:
    """
    jsonb_format_json is the same text for equal values.
    """
    shown = column("SELECT jsonb_format_json(jsonb_parse(text)) FROM t ORDER BY n", t=TEXTS)
    assert shown == ['{"A":"x","b":1}', "[1,2]", None, None]


def test_a_member_is_found_in_other_capitals_only_when_the_key_itself_is_missing() -> None:
    """
    jsonb_get: the key itself first; NULL when missing, or when the value is no object.
    """
    both = 'jsonb_parse(\'{"KEY": 1, "key": 2, "Other": null}\')'
    assert answer(f"SELECT jsonb_as_i64(jsonb_get({both}, 'key'))") == 2
    assert answer(f"SELECT jsonb_as_i64(jsonb_get({both}, 'Key'))") == 1
    assert answer(f"SELECT jsonb_format_json(jsonb_get({both}, 'oTHER'))") == "null"
    assert answer(f"SELECT jsonb_get({both}, 'none')") is None
    assert answer("SELECT jsonb_get(jsonb_parse('[1]'), 'a')") is None
    assert answer("SELECT jsonb_get(jsonb_parse('1'), 'a')") is None


def test_the_key_may_be_a_column() -> None:
    """
    Each row looks its own key up; NULL in either gives NULL.
    """
    rows = pl.DataFrame(
        {"d": ['{"a": 1, "b": 2}'] * 3 + [None], "k": ["a", "b", None, "a"], "n": range(4)}
    )
    sql = "SELECT jsonb_as_i64(jsonb_get(jsonb_parse(d), k)) FROM t ORDER BY n"
    assert column(sql, t=rows) == [1, 2, None, None]


@pytest.mark.parametrize(
    ("text", "string", "f64", "i64"),
    [
        ('"1"', "1", None, None),
        ("1", None, 1.0, 1),
        ("1.0", None, 1.0, None),
        ("-3", None, -3.0, -3),
        ("9223372036854775808", None, 9223372036854775808.0, None),
        ("true", None, None, None),
        ("null", None, None, None),
        ("[1]", None, None, None),
        ("{}", None, None, None),
    ],
)
def test_types_of_json_are_never_cast(
    text: str, string: str | None, f64: float | None, i64: int | None
) -> None:
    """
    Text is no number and a number no text; 1.0 is no integer.
    """
    value = f"jsonb_parse('{text}')"
    assert answer(f"SELECT jsonb_as_string({value})") == string
    assert answer(f"SELECT jsonb_as_f64({value})") == f64
    assert answer(f"SELECT jsonb_as_i64({value})") == i64


def test_lengths_and_keys_are_null_for_values_of_another_type() -> None:
    """
    An object has keys and no length, an array a length and no keys.
    """
    lengths = "SELECT jsonb_array_length(jsonb_parse(text)) FROM t ORDER BY n"
    assert column(lengths, t=TEXTS) == [None, 2, None, None]
    keys = "SELECT jsonb_object_keys(jsonb_parse(text)) FROM t ORDER BY n"
    assert column(keys, t=TEXTS) == [["A", "b"], None, None, None]
    assert answer("SELECT jsonb_array_length(jsonb_parse('[]'))") == 0
    assert answer("SELECT jsonb_object_keys(jsonb_parse('{}'))") == []


def test_binary_that_is_no_json_says_so() -> None:
    """
    A payload is no document; the message names the function that makes one of text.
    """
    payloads = pl.DataFrame({"b": [b"\x00\x01"]})
    with pytest.raises(BadValue, match="jsonb_parse"):
        answer("SELECT jsonb_get(b, 'a') FROM t", t=payloads)
    with pytest.raises(SqlError, match="takes JSON"):
        answer("SELECT jsonb_get('{}', 'a')")


def test_each_different_document_is_read_once() -> None:
    """
    A million rows of ten documents cost ten calls; the plan can be sent to another process.
    """
    documents = [b'{"a":%d}' % (n % 10) for n in range(1_000_000)]
    rows = pl.DataFrame({"d": documents}, schema={"d": pl.Binary()}).to_struct("d")
    mapped = pickle.loads(pickle.dumps(Rowwise(compute, pl.Binary(), ("a",))))
    begun = time.perf_counter()
    found = mapped(rows)
    assert time.perf_counter() - begun < 5
    assert found.len() == 1_000_000
    assert found[:11].to_list() == [b"%d" % (n % 10) for n in range(11)]
