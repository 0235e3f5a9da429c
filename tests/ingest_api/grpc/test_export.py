"""The methods of OTLP over gRPC: what is stored, and how each kind of trouble is told."""

import re

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.assets.decode.otlp.messages import NOW
from tests.ingest_api.grpc.conftest import METHODS, failure
from tests.ingest_api.otlp.test_routes import request

CODE = grpc.StatusCode
COMPRESSIONS = list(grpc.Compression)


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=lambda one: one.name)
def test_each_resource_is_a_block_of_its_own_process(grpc_receiver, call, compression) -> None:
    """
    In any compression; the answer to success is the empty response message.
    """
    body = request("cart", "pay", records=20).SerializeToString()
    assert call(grpc_receiver, body, compression=compression) == b""
    rows = grpc_receiver.rows(
        "SELECT p.exe, s.format, b.nb_objects, b.begin_time_ns"
        " FROM blocks b JOIN streams s USING (stream_id) JOIN processes p"
        " ON p.process_id = b.process_id ORDER BY p.exe"
    )
    assert rows == [(exe, "otlp/v1/logs", 20, NOW) for exe in ("cart", "pay")]


def test_all_signals_are_taken_in(grpc_receiver, call) -> None:
    """
    Each by its own service.
    """
    metrics, traces = ExportMetricsServiceRequest(), ExportTraceServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    metric.gauge.data_points.add(time_unix_nano=NOW, as_int=1)
    traces.resource_spans.add().scope_spans.add().spans.add(name="s", start_time_unix_nano=NOW)
    bodies = {"logs": request("cart"), "metrics": metrics, "traces": traces}
    for signal, body in bodies.items():
        assert call(grpc_receiver, body.SerializeToString(), METHODS[signal]) == b""
    rows = grpc_receiver.rows("SELECT format FROM streams ORDER BY format")
    assert rows == [(f"otlp/v1/{signal}",) for signal in bodies]


def test_the_same_records_again_change_nothing_over_either_protocol(grpc_receiver, call) -> None:
    """
    Ids come from contents, however they were sent.
    """
    body = request("cart").SerializeToString()
    for _ in range(2):
        call(grpc_receiver, body)
    headers = {"Content-Type": "application/x-protobuf"}
    httpx.post(f"{grpc_receiver.url}/v1/logs", content=body, headers=headers).raise_for_status()
    assert grpc_receiver.rows("SELECT count(*) FROM blocks") == [(1,)]
    assert grpc_receiver.metric("limnograph_ingest_duplicate_blocks_total") == 2


def test_an_empty_request_is_a_success(grpc_receiver, call) -> None:
    """
    Nothing to store is stored.
    """
    assert call(grpc_receiver, b"") == b""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\x0a\x05ab", "byte 0 of the request: field 1 has 5 bytes"),
        (b"\x1f\x8bxx", "the body is not gzip"),
        (b"\x78\x9cxx", "the deflate body is cut off"),
    ],
)
def test_what_can_never_be_read_is_not_to_be_sent_again(grpc_receiver, call, body, text) -> None:
    """
    INVALID_ARGUMENT, in words, without a delay.
    """
    code, said, delay = failure(lambda: call(grpc_receiver, body))
    assert (code, delay) == (CODE.INVALID_ARGUMENT, None)
    assert text in said


def test_a_message_over_a_limit_is_told_which(start_receiver, call) -> None:
    """
    As sent, decompressed, and what the library refuses before we see it; none is sent again.
    """
    receiver = start_receiver(grpc_port=0, wire_body_bytes_max=1000, body_bytes_max=50_000)
    wire = failure(lambda: call(receiver, b"\x0a" * 1001))
    body = failure(lambda: call(receiver, b"\x0a" * 60_000, compression=grpc.Compression.Gzip))
    assert wire[1] == ("the request is over wire_body_bytes_max = 1000: export smaller batches")
    assert "over body_bytes_max = 50000" in body[1]
    library = failure(lambda: call(receiver, b"\x0a" * (2 << 20)))
    assert re.search("larger than max .*2097152", library[1])
    assert {one[0] for one in (wire, body, library)} == {CODE.RESOURCE_EXHAUSTED}
    assert {one[2] for one in (wire, body, library)} == {None}


def test_a_resource_over_the_limit_is_refused_and_the_others_are_stored(
    start_receiver, call
) -> None:
    """
    Partial success: how many records, and why.
    """
    receiver = start_receiver(grpc_port=0, payload_bytes_max=2000)
    whole = request("cart")
    whole.resource_logs.extend(request("big", records=3, text="x" * 1000).resource_logs)
    answer = ExportLogsServiceResponse.FromString(call(receiver, whole.SerializeToString()))
    assert answer.partial_success.rejected_log_records == 3
    assert "payload_bytes_max = 2000" in answer.partial_success.error_message
    assert receiver.rows("SELECT exe FROM processes") == [("cart",)]


def test_too_much_at_once_is_to_be_sent_again_later(start_receiver, call) -> None:
    """
    UNAVAILABLE with a RetryInfo, which exporters obey.
    """
    receiver = start_receiver(grpc_port=0, in_flight_bytes_max=100)
    code, text, delay = failure(lambda: call(receiver, request("cart").SerializeToString()))
    assert (code, delay) == (CODE.UNAVAILABLE, 1.0)
    assert "in_flight_bytes_max = 100" in text


@pytest.mark.parametrize(
    ("method", "text"),
    [
        (
            "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
            "profiles are not taken in",
        ),
        ("/grpc.health.v1.Health/Check", "no /grpc.health.v1.Health/Check"),
    ],
)
def test_other_methods_are_refused_clearly(grpc_receiver, call, method: str, text: str) -> None:
    """
    UNIMPLEMENTED, with what there is instead.
    """
    code, said, delay = failure(lambda: call(grpc_receiver, b"", method))
    assert (code, delay) == (CODE.UNIMPLEMENTED, None)
    assert text in said
    assert "logs, metrics and traces are taken in" in said


def test_calls_are_counted_like_requests(grpc_receiver, call) -> None:
    """
    By method and status; methods that are not ours together.
    """
    call(grpc_receiver, request("cart").SerializeToString())
    failure(lambda: call(grpc_receiver, b"\x0a\x05ab", METHODS["traces"]))
    failure(lambda: call(grpc_receiver, b"", "/a.B/C"))
    name = "limnograph_ingest_requests_total"
    for route, status in (
        (METHODS["logs"], "OK"),
        (METHODS["traces"], "INVALID_ARGUMENT"),
        ("other", "UNIMPLEMENTED"),
    ):
        assert grpc_receiver.metric(f'{name}{{route="{route}",status="{status}"}}') == 1
    assert grpc_receiver.metric("limnograph_ingest_received_bytes_total") > 0


def test_a_number_in_the_metadata_tells_deliveries_apart(grpc_receiver, call) -> None:
    """
    The same as the header over HTTP, with the same ids.
    """
    body = request("cart").SerializeToString()
    for number in ("1", "2", "2"):
        call(grpc_receiver, body, metadata=[("idempotency-key", number)])
    headers = {"Content-Type": "application/x-protobuf", "Idempotency-Key": "1"}
    httpx.post(f"{grpc_receiver.url}/v1/logs", content=body, headers=headers).raise_for_status()
    assert grpc_receiver.rows("SELECT count(*) FROM blocks") == [(2,)]
    assert grpc_receiver.rows("SELECT sum(repeats)::int FROM repeated_blocks") == [(2,)]
