"""Who sends is told by a resource's bytes, whether they are remembered or not."""

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from ingest_api import limits
from ingest_api.errors import MalformedBody
from ingest_api.otlp import senders
from ingest_api.otlp.identity import stream_id
from ingest_api.otlp.senders import sender_of
from ingest_api.otlp.split import split


def resource(name: str, **attributes: str) -> bytes:
    """Return a resource of one service."""
    message = Resource()
    for key, text in {"service.name": name, **attributes}.items():
        message.attributes.add(key=key.replace("_", ".")).value.string_value = text
    return message.SerializeToString()


def test_a_resource_that_is_seen_again_is_not_read_again() -> None:
    """
    The same bytes are the same sender; other bytes are another.
    """
    senders._remembered.cache_clear()
    first, other = sender_of(resource("a")), sender_of(resource("b"))
    assert sender_of(resource("a")) is first
    assert first.process_id != other.process_id
    assert first.streams["logs"] == stream_id(first.process_id, "logs")


def test_what_is_remembered_is_bounded() -> None:
    """
    A resource over OTLP_KNOWN_RESOURCE_BYTES_MAX is read each time; so many are remembered as
    OTLP_KNOWN_RESOURCES_MAX says.
    """
    senders._remembered.cache_clear()
    long = resource("x" * limits.OTLP_KNOWN_RESOURCE_BYTES_MAX)
    assert sender_of(long) == sender_of(long)
    assert senders._remembered.cache_info().currsize == 0
    assert senders._remembered.cache_info().maxsize == limits.OTLP_KNOWN_RESOURCES_MAX


def test_a_process_starts_when_its_resource_says_or_with_its_first_record() -> None:
    """
    A start that nothing tells is not remembered from another request.
    """
    untold, told = sender_of(resource("a")), sender_of(
        resource("a", process_creation_time="2026-11-23T00:00:00Z")
    )  # fmt: skip
    assert [untold.process(begin).start_time_ns for begin in (5, 7)] == [5, 7]
    assert told.process(5).start_time_ns == told.process(7).start_time_ns > 7


def test_a_broken_resource_is_told_with_its_place_in_the_request() -> None:
    """
    The byte that is named counts from the begin of the body, in the second resource too.
    """
    body = LogsData()
    for name in ("a", "b"):
        message = body.resource_logs.add()
        message.resource.attributes.add(key=name)
        message.scope_logs.add().log_records.add(time_unix_nano=1)
    whole = body.SerializeToString()
    at = whole.rindex(b"\x0a\x01b")
    broken = whole[:at] + b"\x0a\x7fb" + whole[at + 3 :]
    with pytest.raises(MalformedBody, match=f"^byte {at} of the request: field 1 has 127 bytes"):
        split("logs", broken, 1 << 20)
