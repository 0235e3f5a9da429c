"""Session options over Flight: read, set to what they are, closed."""

import pytest

from query_engine.flight.proto import pack_fields, parse_message
from tests.query_engine.flight.calls import act

INVALID_NAME, INVALID_VALUE = 1, 2


def set_option(client, name, value):
    """Set an option to the message *value*; returns what is wrong with each option."""
    body = pack_fields({1: [pack_fields({1: name, 2: value})]})
    [answer] = act(client, "SetSessionOptions", body)
    entries = parse_message(answer).entries(1, "error")
    return {option: entry.message(2, "error").number(1) for option, entry in entries.items()}


def test_options_can_be_read(client):
    """
    Catalog and schema, as drivers ask for them.
    """
    [answer] = act(client, "GetSessionOptions", b"")
    entries = parse_message(answer).entries(1, "option")
    options = {name: entry.message(2, "value").text(1) for name, entry in entries.items()}
    assert options == {"catalog": "limnograph", "schema": "public"}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("catalog", pack_fields({1: "limnograph"}), None),
        ("schema", pack_fields({1: "public"}), None),
        ("schema", b"", None),
        ("schema", pack_fields({1: "system"}), INVALID_VALUE),
        ("catalog", pack_fields({2: True}), INVALID_VALUE),
        ("catalog", b"\x19" + b"12345678", INVALID_VALUE),
        ("timezone", pack_fields({1: "UTC"}), INVALID_NAME),
    ],
)
def test_options_can_be_set_to_what_they_are(client, name, value, problem):
    """
    Anything else is told per option, not as an error of the call.
    """
    assert set_option(client, name, value) == ({name: problem} if problem else {})


def test_a_session_can_be_closed(client):
    """
    There is nothing to close, and that is fine.
    """
    [answer] = act(client, "CloseSession", b"")
    assert parse_message(answer).number(1) == 1
