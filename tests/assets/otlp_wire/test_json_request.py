"""OTLP's JSON becomes the bytes that protobuf's own writer makes of the same message."""

import json

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import HealthCheck, given, settings
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from assets.otlp_wire import json_request
from assets.otlp_wire.extension import native
from assets.otlp_wire.limits import (
    JSON_DEPTH_MAX,
    JSON_NUMBER_CHARS_MAX,
    JSON_PATH_CHARS_MAX,
    JSON_SHOWN_CHARS_MAX,
)
from tests.assets.decode.otlp.messages import MESSAGES
from tests.assets.otlp_wire.json_bodies import REQUESTS, as_otlp, json_of, log

MANY = 1 << 30
SHOWN = "1" * JSON_SHOWN_CHARS_MAX
BESIDE = " stands beside another value"
PLACE = "logs.resourceLogs[0].scopeLogs[0].logRecords[0]"


@pytest.fixture(
    params=[
        pytest.param(
            native and native.json_request,
            id="extension",
            marks=pytest.mark.skipif(native is None, reason="not built"),
        ),
        pytest.param(json_request.read, id="python"),
    ]
)
def read(request):
    """Each of the two readers."""
    return request.param


@pytest.mark.parametrize("signal", list(REQUESTS))
@pytest.mark.parametrize("snake", [False, True], ids=["camel", "snake"])
def test_json_and_protobuf_of_the_same_data_are_the_same_bytes(read, signal, snake) -> None:
    """
    So both have the same block id; every member of every message is known in both spellings.
    """
    request, member, reading = REQUESTS[signal]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(MESSAGES[reading])
    def check(message) -> None:
        whole = request(**{member: [message]})
        known = MessageToDict(whole, use_integers_for_enums=True)
        same = ParseDict(known, request())  # JSON has one NaN only
        body = json_of(whole, preserving_proto_field_name=snake)
        assert read(signal, body, MANY) == same.SerializeToString()

    check()


def parsed(read, record: object):
    """Return the record that a JSON one becomes."""
    request = ExportLogsServiceRequest.FromString(read("logs", log(record), MANY))
    return request.resource_logs[0].scope_logs[0].log_records[0]


def test_integers_come_as_text_or_as_numbers_and_ids_as_hexadecimal(read) -> None:
    """
    Names may also be written as the definition has them; null is absent, unknown is passed over.
    """
    found = parsed(
        read,
        {
            "timeUnixNano": "1760000000000000001",
            "observed_time_unix_nano": 1760000000000000002,
            "traceId": "5B8EFFF798038103D269B633813FC60C",
            "severityNumber": 9.0,
            "severityText": None,
            "body": {"doubleValue": "NaN"},
            "attributes": [{"key": "n", "value": {"intValue": -5}}],
            "somethingNew": {"a": [1, True, None, "\\", {"b": {}}], "c": []},
        },
    )
    assert found.time_unix_nano == 1760000000000000001
    assert found.observed_time_unix_nano == 1760000000000000002
    assert found.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert found.severity_number == 9
    assert found.body.double_value != found.body.double_value
    assert found.attributes[0].value.int_value == -5


@pytest.mark.parametrize("value", ["SEVERITY_NUMBER_ERROR2", 18, "18", 18.0, "1.8e1"])
def test_an_enumeration_is_a_name_or_a_number(read, value) -> None:
    """
    The specification asks for numbers; libraries that follow protobuf's mapping send names.
    """
    assert parsed(read, {"severityNumber": value}).severity_number == 18


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r'"\u0041\n\t\"\\\/\b\f\r"', 'A\n\t"\\/\b\f\r'),
        (r'"\ud83d\ude00 \u00fc \u20ac"', "😀 ü €"),
        ('"größer als acht Zeichen 😀"', "größer als acht Zeichen 😀"),
        (r'"\u0000"', "\0"),
        ('""', ""),
    ],
)
def test_text_is_what_its_escapes_mean(read, text: str, meant: str) -> None:
    """
    Surrogate pairs are one character.
    """
    assert parsed(read, f'{{"body": {{"stringValue": {text}}}}}').body.string_value == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0.1", 0.1),
        ("-0.0", -0.0),
        ("1e308", 1e308),
        ("5e-324", 5e-324),
        ("9007199254740993", 9007199254740992.0),
        ("123456789012345678901234567890", 123456789012345678901234567890.0),
        ("0.30000000000000004", 0.30000000000000004),
        ('"2.5"', 2.5),
        ('"-Infinity"', float("-inf")),
        ("1" + "0" * 300, 1e300),
    ],
)
def test_a_double_is_the_nearest_one(read, text: str, meant: float) -> None:
    """
    As a number or as text, of any number of digits.
    """
    found = parsed(read, f'{{"body": {{"doubleValue": {text}}}}}').body.double_value
    assert repr(found) == repr(meant)


@pytest.mark.parametrize("text", ["-_-_/+8=", "-_-_/+8", "+/+//+8="])
def test_bytes_are_base64_of_either_alphabet(read, text: str) -> None:
    """
    With padding or without.
    """
    found = parsed(read, {"body": {"bytesValue": text}}).body.bytes_value
    assert found == b"\xfb\xff\xbf\xff\xef"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"timeUnixNano": "x"}, ".timeUnixNano = 'x' is no integer"),
        ({"timeUnixNano": "1" * 99}, f".timeUnixNano = '{SHOWN}' is no fixed64"),
        ({"time_unix_nano": "ü"}, ".timeUnixNano is no integer"),
        ({"timeUnixNano": -1}, ".timeUnixNano = '-1' is no fixed64"),
        ({"timeUnixNano": 2**64}, f".timeUnixNano = '{2**64}' is no fixed64"),
        ({"timeUnixNano": " 1"}, ".timeUnixNano = ' 1' is no integer"),
        ({"timeUnixNano": "007"}, ".timeUnixNano = '007' is no integer"),
        ({"timeUnixNano": True}, ".timeUnixNano is no integer"),
        ({"severityNumber": 2**31}, f".severityNumber = '{2**31}' is no int32"),
        ({"severityNumber": "LOUD"}, ".severityNumber = 'LOUD' is no SeverityNumber"),
        ({"flags": 1.5}, ".flags = '1.5' is no integer"),
        ('{"flags": 1e999}', ".flags = '1e999' is no integer"),
        ({"severityText": 1}, ".severityText is no text"),
        (r'{"severityText": "\ud800x"}', ".severityText has half of a surrogate pair"),
        ({"traceId": "xyz1"}, ".traceId is not hexadecimal"),
        ({"traceId": "abc"}, ".traceId is not hexadecimal"),
        ({"traceId": "ab cd "}, ".traceId is not hexadecimal"),
        ({"traceId": 12}, ".traceId is no text"),
        ({"body": {"bytesValue": "***"}}, ".body.bytesValue is not base64"),
        ({"body": {"bytesValue": "QUJD="}}, ".body.bytesValue is not base64"),
        ({"body": {"boolValue": 1}}, ".body.boolValue is neither true nor false"),
        ({"body": {"doubleValue": "many"}}, ".body.doubleValue = 'many' is no number"),
        ({"body": {"doubleValue": "inf"}}, ".body.doubleValue = 'inf' is no number"),
        ('{"body": {"doubleValue": 1e999}}', ".body.doubleValue = '1e999' is no double"),
        ({"body": {"intValue": 1, "arrayValue": {}}}, ".body.arrayValue" + BESIDE),
        ({"attributes": [3]}, ".attributes[0] is no object"),
        ({"attributes": [None]}, ".attributes[0] is no object"),
        ({"attributes": {}}, ".attributes is no array"),
        ('{"flags": 1, "flags": 1}', ".flags stands twice"),
        ('{"timeUnixNano": 1, "time_unix_nano": 1}', ".timeUnixNano stands twice"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_its_place(read, record: object, reason: str) -> None:
    """
    The path of the member as OTLP writes it, what stands there, and what should.
    """
    with pytest.raises(ValueError) as refused:
        read("logs", log(record), MANY)
    assert refused.value.args[0] == PLACE + reason


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b"", 0),
        (b"{", 1),
        (b"{} {}", 3),
        (b'{"a": 01}', 7),
        (b'{"a": 1,}', 8),
        (b'{"a": [1,]}', 9),
        (b'{"a": NaN}', 6),
        (b'{"a": "\n"}', 7),
        (b'{"a": "\xff"}', 7),
        (b'{"a": "\xed\xa0\x80"}', 7),
        (b'{"a": "\\x"}', 7),
        (b"{'a': 1}", 1),
        (b'\xef\xbb\xbf{"a": 1}', 0),
        (b'{"\xc3\xbc": tru}', 7),
    ],
)
def test_what_is_no_json_is_refused_at_the_byte(body: bytes, at: int) -> None:
    """
    Nothing that RFC 8259 does not have is taken: no NaN, no comments, no byte order mark.
    """
    if native is None:
        pytest.skip("not built")
    with pytest.raises(ValueError, match=r"no object|not JSON") as refused:
        native.json_request("logs", body, MANY)
    assert refused.value.args[1] == at
    with pytest.raises(ValueError, match=r"no object|not JSON"):
        json_request.read("logs", body, MANY)


def test_a_request_is_an_object(read) -> None:
    """
    The path begins with the signal.
    """
    for body, reason in [
        (b"[]", "logs is no object"),
        (b"3", "logs is no object"),
        (b'{"resourceLogs": {}}', "logs.resourceLogs is no array"),
    ]:
        with pytest.raises(ValueError) as refused:
            read("logs", body, MANY)
        assert refused.value.args[0] == reason


def test_members_in_any_order_become_fields_in_the_order_of_their_numbers(read) -> None:
    """
    At every level: what comes out does not depend on the order of what came in.
    """
    request, member, _ = REQUESTS["traces"]
    message = request(**{member: [{}]})
    span = message.resource_spans[0].scope_spans.add().spans.add(name="n", kind=2, flags=1)
    span.attributes.add(key="k").value.array_value.values.add().int_value = 3
    message.resource_spans[0].resource.attributes.add(key="service.name")
    span.status.code = 2

    def backwards(value):
        if isinstance(value, dict):
            return {key: backwards(one) for key, one in reversed(value.items())}
        return [backwards(one) for one in value] if isinstance(value, list) else value

    known = as_otlp(MessageToDict(message, use_integers_for_enums=True))
    assert list(backwards(known)["resourceSpans"][0]) != list(known["resourceSpans"][0])
    body = json.dumps(backwards(known)).encode()
    assert read("traces", body, MANY) == message.SerializeToString()


def test_values_nested_too_deep_are_refused(read) -> None:
    """
    JSON_DEPTH_MAX bounds objects and arrays in each other, of members that nobody knows too.
    """
    known = '{"arrayValue":{"values":[' * 100 + "{}" + "]}}" * 100
    unknown = "[" * JSON_DEPTH_MAX + "]" * JSON_DEPTH_MAX
    for record in (f'{{"body":{known}}}', f'{{"new":{unknown}}}'):
        with pytest.raises(ValueError, match=f"{JSON_DEPTH_MAX=}"):
            read("logs", log(record), MANY)
    fits = JSON_DEPTH_MAX - 7
    assert read("logs", log(f'{{"new":{"[" * fits}{"]" * fits}}}'), MANY)


def test_a_number_has_an_end(read) -> None:
    """
    JSON_NUMBER_CHARS_MAX bounds numbers that are looked at.
    """
    for number in (
        "0." + "1" * JSON_NUMBER_CHARS_MAX,
        "1" * 99 + "." + "0" * JSON_NUMBER_CHARS_MAX,
    ):
        with pytest.raises(ValueError, match=f"has more than {JSON_NUMBER_CHARS_MAX=} characters"):
            read("logs", log(f'{{"body": {{"doubleValue": {number}}}}}'), MANY)
        with pytest.raises(ValueError, match=f"has more than {JSON_NUMBER_CHARS_MAX=} characters"):
            read("logs", log(f'{{"flags": {number}}}'), MANY)


def test_a_long_path_is_cut(read) -> None:
    """
    JSON_PATH_CHARS_MAX bounds what a refusal says of the place.
    """
    value = '{"arrayValue":{"values":[' * 20 + "3" + "]}}" * 20
    with pytest.raises(ValueError) as refused:
        read("logs", log(f'{{"body":{value}}}'), MANY)
    path, _, reason = refused.value.args[0].partition("... ")
    assert len(path) == JSON_PATH_CHARS_MAX
    assert path.startswith(PLACE)
    assert reason == "is no object"


def test_more_protobuf_than_is_wanted_is_not_made(read) -> None:
    """
    Two characters of JSON can be eight bytes of protobuf; the caller says how many it takes.
    """
    record = log({"traceId": "ab" * 100})
    size = len(read("logs", record, MANY))
    assert len(read("logs", record, size)) == size
    with pytest.raises(OverflowError, match=f"more than {size - 1} bytes"):
        read("logs", record, size - 1)
