"""Equal bytes that are sent again: a retry is merged, counted and shown; a new number is not."""

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.ingest_api.otlp.test_routes import post, request

BODY = request("cart", "pay", records=3).SerializeToString()
BLOCKS = "SELECT count(*), count(DISTINCT block_id) FROM blocks"
REPEATED = (
    "SELECT p.exe, r.nb_objects, r.repeats, r.last_seen >= r.first_seen"
    " FROM repeated_blocks r JOIN processes p USING (process_id) ORDER BY p.exe"
)


def test_a_delivery_without_a_number_is_merged_and_counted(receiver) -> None:
    """
    Each block says how often it came again, in SQL and by format in the metrics.
    """
    for _ in range(3):
        assert post(receiver, BODY).status_code == 200
    assert receiver.rows(BLOCKS) == [(2, 2)]
    assert receiver.rows(REPEATED) == [("cart", 3, 2, True), ("pay", 3, 2, True)]
    told = '{format="otlp/v1/logs"}'
    assert receiver.metric(f"limnograph_ingest_repeated_blocks_total{told}") == 4
    assert receiver.metric(f"limnograph_ingest_repeated_events_total{told}") == 12
    assert receiver.metric("limnograph_ingest_duplicate_blocks_total") == 4


def test_a_message_that_stands_twice_in_a_request_is_counted_too(receiver) -> None:
    """
    It is one block, which was delivered twice.
    """
    post(receiver, request("cart", "cart").SerializeToString())
    assert receiver.rows(BLOCKS) == [(1, 1)]
    assert receiver.rows(REPEATED) == [("cart", 2, 1, True)]


def test_numbers_tell_deliveries_apart(receiver) -> None:
    """
    Another number is another delivery of the same bytes; the same number again is a retry.
    """
    for number in ("1", "2", "2", "2"):
        assert post(receiver, BODY, idempotency_key=number).status_code == 200
    assert receiver.rows(BLOCKS) == [(4, 4)]
    assert [row[:3] for row in receiver.rows(REPEATED)] == [("cart", 3, 2), ("pay", 3, 2)]


@pytest.mark.parametrize("header", ["X_Request_Id", "traceparent", "idempotency_key"])
def test_what_is_no_number_of_a_delivery_changes_no_id(receiver, header: str) -> None:
    """
    Proxies make ids for each attempt; an empty number is none. Retries stay retries.
    """
    for text in ("a", "b") if header != "idempotency_key" else ("", ""):
        post(receiver, BODY, **{header: text})
    assert receiver.rows(BLOCKS) == [(2, 2)]


def test_what_came_once_is_in_no_list(receiver) -> None:
    """
    New blocks write nothing there.
    """
    post(receiver, BODY)
    post(receiver, request("cart", text="other").SerializeToString())
    assert receiver.rows(REPEATED) == []


def test_what_is_stored_and_odd_is_counted(receiver) -> None:
    """
    Spans whose ids have other lengths, and texts that are no UTF-8, are rows, and are told of.
    """
    traces = ExportTraceServiceRequest()
    spans = traces.resource_spans.add().scope_spans.add().spans
    spans.add(trace_id=b"x" * 16, span_id=b"y" * 8, name="whole", start_time_unix_nano=1)
    spans.add(trace_id=b"x" * 15, span_id=b"y" * 8, name="short", start_time_unix_nano=1)
    spans.add(name="none", start_time_unix_nano=1)
    assert post(receiver, traces.SerializeToString(), "traces").status_code == 200
    assert receiver.metric("limnograph_ingest_otlp_odd_ids_total") == 2
    assert receiver.metric("limnograph_ingest_otlp_repaired_resources_total") == 0
    body = (
        request("cart", "pay", text="hallo").SerializeToString().replace(b"hallo", b"hall\xff", 1)
    )
    assert post(receiver, body).status_code == 200
    assert receiver.metric("limnograph_ingest_otlp_repaired_resources_total") == 1
    assert receiver.rows("SELECT sum(nb_objects)::int FROM blocks") == [(7,)]
