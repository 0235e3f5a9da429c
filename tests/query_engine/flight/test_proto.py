"""The own codec of Flight SQL messages."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.errors import CallerError
from query_engine.flight.limits import MESSAGE_FIELDS_MAX
from query_engine.flight.proto import (
    Fixed,
    Message,
    NotProtobuf,
    pack_any,
    pack_fields,
    parse_any,
    parse_message,
)

TICKET = bytes.fromhex(
    "0a42747970652e676f6f676c65617069732e636f6d2f6172726f772e666c696768742e70726f746f636f6c2e73716c2e"
    "5469636b657453746174656d656e745175657279120a0a0853454c4543542031"
)
"""An Any of TicketStatementQuery with "SELECT 1", as the protobuf library writes it."""

NUMBERS = st.integers(1, 1000)
READERS = (
    Message.data,
    Message.all_data,
    Message.text,
    Message.optional_text,
    Message.texts,
    Message.number,
    Message.signed,
    Message.flag,
    Message.numbers,
    lambda message, number: message.message(number, "inner"),
    lambda message, number: message.messages(number, "inner"),
    lambda message, number: message.entries(number, "inner"),
)


def test_a_ticket_of_another_library_is_read():
    """
    The bytes are those of the official implementation.
    """
    message = parse_any(TICKET)
    assert message is not None
    assert (message.name, message.text(1)) == ("TicketStatementQuery", "SELECT 1")
    assert pack_any("TicketStatementQuery", {1: "SELECT 1"}) == TICKET


@given(st.dictionaries(NUMBERS, st.lists(st.binary(max_size=300), min_size=1), max_size=5))
def test_bytes_come_back_as_they_were(fields):
    """
    Any field number, any length, repeated or not.
    """
    read = parse_message(pack_fields(fields))
    assert {number: read.all_data(number) for number in fields} == fields
    assert read.fields.keys() == fields.keys()


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20))
def test_numbers_come_back_packed_or_not(numbers):
    """
    Writers of proto3 pack repeated numbers, those of proto2 do not; both are read.
    """
    varints = b"".join(pack_fields({1: number})[1:] for number in numbers)
    assert parse_message(pack_fields({1: numbers})).numbers(1) == numbers
    assert parse_message(pack_fields({1: varints})).numbers(1) == numbers


@given(st.integers(-(2**63), 2**63 - 1))
def test_negative_numbers_come_back(number):
    """
    They are written as 64 bits.
    """
    assert parse_message(pack_fields({7: number})).signed(7) == number


def test_absent_fields_have_the_defaults_of_protobuf():
    """
    An empty text is there, an absent one is not: Flight SQL tells them apart in filters.
    """
    message = parse_message(pack_fields({1: ""}))
    assert (message.optional_text(1), message.optional_text(2)) == ("", None)
    assert (message.text(2), message.number(2), message.flag(2), message.texts(2)) == ("", 0, 0, [])
    assert message.message(2, "inner").fields == {}


def test_maps_and_messages_within_are_read():
    """
    A map is repeated entries of a key and a value.
    """
    entries = [pack_fields({1: key, 2: pack_fields({1: key * 2})}) for key in ("a", "b")]
    read = parse_message(pack_fields({3: entries})).entries(3, "entry")
    assert {key: entry.message(2, "value").text(1) for key, entry in read.items()} == {
        "a": "aa",
        "b": "bb",
    }


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data):
    """
    Anything is either a message or NotProtobuf, and every field read or refused cleanly.
    """
    with contextlib.suppress(CallerError):
        parse_any(data)
    try:
        message = parse_message(data)
    except NotProtobuf:
        return
    for number in message.fields:
        for read in READERS:
            with contextlib.suppress(CallerError):
                read(message, number)


@given(st.binary(max_size=60))
def test_what_an_any_carries_is_read_or_refused(data):
    """
    An Any of Flight SQL is never taken for something else because its content is broken.
    """
    with contextlib.suppress(CallerError):
        assert parse_any(pack_any("X", {}) + pack_fields({2: data})) is not None


def test_other_kinds_of_fields_are_kept_apart():
    """
    Numbers and fixed-width values of newer clients do not hide the text.
    """
    read = parse_message(b"\x10\x96\x01" + b"\x0a\x01a" + b"\x1d1234" + b"\x2112345678")
    assert read.fields == {1: [b"a"], 2: [150], 3: [Fixed(b"1234")], 4: [Fixed(b"12345678")]}


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05ab",
        b"\x00\x01",
        b"\x0b",
        b"\x80" * 11,
        b"\x08" + b"\xff" * 9 + b"\x02",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x1d123",
    ],
)
def test_cut_or_impossible_messages_are_refused(data):
    """
    A length beyond the end, field 0, groups, numbers that are endless or beyond 64 bits.
    """
    with pytest.raises(NotProtobuf):
        parse_message(data)


@pytest.mark.parametrize("read", READERS[:3] + READERS[6:7], ids=["data", "all", "text", "number"])
def test_a_field_of_another_kind_is_refused(read):
    """
    The error names message and field.
    """
    message = Message("CommandX", {1: [Fixed(b"1234")]})
    with pytest.raises(CallerError, match="field 1 of CommandX"):
        read(message, 1)


def test_too_many_fields_are_refused():
    """
    MESSAGE_FIELDS_MAX bounds what one message makes us keep.
    """
    assert parse_message(b"\x08\x01" * MESSAGE_FIELDS_MAX).numbers(1)
    with pytest.raises(NotProtobuf, match="fields"):
        parse_message(b"\x08\x01" * (MESSAGE_FIELDS_MAX + 1))
    packed = parse_message(pack_fields({1: b"\x01" * (MESSAGE_FIELDS_MAX + 1)}), "CommandX")
    with pytest.raises(CallerError, match="field 1 of CommandX"):
        packed.numbers(1)
