"""Times in requests."""

import pytest

from assets.errors import CallerError
from query_engine.times import parse_rfc3339_ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001+00:00", 1),
        ("1970-01-01 01:00:00.5+01:00", 500_000_000),
        ("2026-11-22T23:59:59.123456789Z", 1_795_391_999_123_456_789),
        ("1969-12-31T23:59:59.999999999z", -1),
        ("2026-01-01T00:00:00.1234567899Z", 1_767_225_600_123_456_789),
    ],
)
def test_rfc_3339_is_read_to_the_nanosecond(text, ns):
    """
    Any offset, any number of digits, before and after 1970.
    """
    assert parse_rfc3339_ns(text, "begin") == ns


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    ],
)
def test_anything_else_is_named_in_the_error(text):
    """
    The message says which value is wrong.
    """
    with pytest.raises(CallerError, match="begin"):
        parse_rfc3339_ns(text, "begin")
