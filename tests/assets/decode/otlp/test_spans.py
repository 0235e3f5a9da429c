"""Spans of OTLP as rows."""

from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from assets.decode.otlp.spans import SPANS
from assets.decode.rows import OTEL_SPAN_ROWS
from tests.assets.decode.otlp.messages import NOW, block

TRACE, ID, PARENT = bytes(range(16)), bytes(range(8)), bytes(range(8, 16))


def rows(*spans: Span) -> list[dict[str, object]]:
    """Return the rows of spans of one scope."""
    message = ResourceSpans()
    scope = message.scope_spans.add()
    scope.scope.name = "http"
    scope.spans.extend(spans)
    found = SPANS.decode(message.SerializeToString(), block(begin_ns=5))
    assert found.schema == OTEL_SPAN_ROWS
    return found.to_dicts()


def test_a_span_is_a_row_with_events_and_links() -> None:
    """
    Ids are hex, events and links lists of structs, dropped counts and state properties.
    """
    span = Span(
        trace_id=TRACE,
        span_id=ID,
        parent_span_id=PARENT,
        name="GET /pay",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=NOW,
        end_time_unix_nano=NOW + 1500,
        trace_state="a=b",
        status=Status(code=Status.STATUS_CODE_ERROR, message="no money"),
        dropped_events_count=3,
        flags=0x101,
    )
    span.attributes.add(key="http.status_code").value.int_value = 402
    event = span.events.add(time_unix_nano=NOW + 7, name="exception", dropped_attributes_count=1)
    event.attributes.add(key="type").value.string_value = "NoMoney"
    link = span.links.add(trace_id=TRACE, span_id=PARENT, trace_state="s", flags=1)
    link.attributes.add(key="why").value.string_value = "retry"
    (found,) = rows(span)
    start, end = found.pop("start_time"), found.pop("end_time")
    assert (end - start).microseconds in {1, 2}
    assert found == {
        "trace_id": TRACE.hex(),
        "span_id": ID.hex(),
        "parent_span_id": PARENT.hex(),
        "duration": 1500,
        "name": "GET /pay",
        "kind": "SERVER",
        "status": "ERROR",
        "status_message": "no money",
        "target": "http",
        "properties": {
            "http.status_code": "402",
            "otel.scope.name": "http",
            "otel.trace_state": "a=b",
            "otel.flags": "257",
            "otel.dropped_events_count": "3",
        },
        "property_types": '{"http.status_code":"int"}',
        "events": [
            {
                "time": NOW + 7,
                "name": "exception",
                "attributes": {"type": "NoMoney", "otel.dropped_attributes_count": "1"},
            }
        ],
        "links": [
            {
                "trace_id": TRACE.hex(),
                "span_id": PARENT.hex(),
                "trace_state": "s",
                "attributes": {"why": "retry", "otel.flags": "1"},
            }
        ],
        "thread_stream_id": None,
        "span_number": None,
    }


def test_what_is_missing_in_a_span_is_no_reason_to_drop_it() -> None:
    """
    Without a start it is as old as its block, without an end it ends at once; odd ids stay.
    """
    found = rows(Span(), Span(trace_id=b"\x01", start_time_unix_nano=NOW, kind=9))
    first, second = found
    assert first["start_time"] == first["end_time"]
    assert first["start_time"].timestamp() == 0
    assert (first["trace_id"], first["parent_span_id"], first["status_message"]) == ("", None, None)
    assert (first["kind"], first["status"], first["events"]) == ("UNSPECIFIED", "UNSET", [])
    assert (second["trace_id"], second["duration"], second["kind"]) == ("01", 0, "UNSPECIFIED")


def test_events_and_links_stay_with_their_spans() -> None:
    """
    Lists of several spans, some of them empty, are not mixed up.
    """
    spans = [Span(name=str(number)) for number in range(4)]
    for number, span in enumerate(spans):
        for event in range(number % 3):
            span.events.add(name=f"{number}.{event}")
    found = [[event["name"] for event in row["events"]] for row in rows(*spans)]
    assert found == [[], ["1.0"], ["2.0", "2.1"], []]
