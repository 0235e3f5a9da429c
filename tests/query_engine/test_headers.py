"""What the headers of a call say of its query."""

import pytest

from assets.errors import CallerError
from query_engine.headers import QueryHeaders, parse_headers

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_every_header_is_read():
    """
    Range, limit, dictionaries, id; values may have white space round them.
    """
    found = parse_headers(
        {
            "query_range_begin": "1970-01-01T00:00:00.000000005+00:00",
            "query_range_end": " 1970-01-01T00:00:01Z",
            "limit": "3",
            "preserve_dictionary": "TRUE",
            "x-query-id": ID.upper(),
            "on_demand": "Tail",
        },
        "127.0.0.1",
    )
    assert (found.begin_ns, found.end_ns, found.limit) == (5, 1_000_000_000, 3)
    assert found.preserve_dictionary
    assert (found.query_id, found.on_demand) == (ID, "tail")
    assert found.who.client_ip == "127.0.0.1"


def test_empty_values_are_absent_ones_and_half_a_range_is_none():
    """
    Clients send empty headers for what is not set.
    """
    names = ["query_range_end", "limit", "preserve_dictionary", "x-query-id", "on_demand"]
    assert parse_headers(
        dict.fromkeys(names, "") | {"query_range_begin": "1970-01-01T00:00:00Z"}
    ) == QueryHeaders(who=parse_headers({}).who)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "-1"),
        ("preserve_dictionary", "maybe"),
        ("x-query-id", "mine"),
        ("on_demand", "now"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_by_name(name, value):
    """
    What a client meant is never ignored.
    """
    with pytest.raises(CallerError, match=name):
        parse_headers({name: value})
