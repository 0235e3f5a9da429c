"""The own codec of Flight SQL messages."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_engine.flight.proto import (
    NotProtobuf,
    pack_command,
    pack_fields,
    parse_command,
    parse_fields,
)

TICKET = bytes.fromhex(
    "0a42747970652e676f6f676c65617069732e636f6d2f6172726f772e666c696768742e70726f746f636f6c2e73716c2e"
    "5469636b657453746174656d656e745175657279120a0a0853454c4543542031"
)
"""An Any of TicketStatementQuery with "SELECT 1", as the protobuf library writes it."""


def test_a_ticket_of_another_library_is_read():
    """
    The bytes are those of the official implementation.
    """
    command = parse_command(TICKET)
    assert command is not None
    assert (command.name, command.fields) == ("TicketStatementQuery", {1: b"SELECT 1"})
    assert pack_command("TicketStatementQuery", {1: b"SELECT 1"}) == TICKET


@given(st.dictionaries(st.integers(1, 1000), st.binary(max_size=300), max_size=5))
def test_fields_come_back_as_they_were(fields):
    """
    Any field number, any length.
    """
    assert parse_fields(pack_fields(fields)) == fields


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data):
    """
    Anything is either a message or NotProtobuf.
    """
    parse_command(data)
    with contextlib.suppress(NotProtobuf):
        parse_fields(data)


def test_other_kinds_of_fields_are_skipped():
    """
    Numbers and fixed-width values of newer clients do not hide the text.
    """
    assert parse_fields(b"\x10\x96\x01" + b"\x0a\x01a" + b"\x1d1234" + b"\x2112345678") == {1: b"a"}


@pytest.mark.parametrize("data", [b"\x0a", b"\x0a\x05ab", b"\x00\x01", b"\x0b", b"\x80" * 11])
def test_cut_or_impossible_messages_are_refused(data):
    """
    A length beyond the end, field 0, groups and endless numbers are no message.
    """
    with pytest.raises(NotProtobuf):
        parse_fields(data)
