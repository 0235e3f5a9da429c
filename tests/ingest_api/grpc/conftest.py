"""A receiver with a gRPC door, and calls to it that are no more than bytes."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

METHODS = {
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
}

Call = Callable[..., bytes]


@dataclass(frozen=True, slots=True)
class At:
    """A receiver of which only the address is known."""

    grpc: str


def grpc_address_of(started: "subprocess.Popen[str]", protocol: str = "gRPC") -> str:
    """Return where a receiver's process takes calls, or HTTP on OpenTelemetry's port."""
    assert started.stdout is not None
    for line in started.stdout:
        _, mark, url = line.partition(f"OTLP over {protocol}: http://")
        if mark:
            return url.strip()
    raise AssertionError("it ended")


@pytest.fixture
def grpc_receiver(start_receiver):
    """A receiver that takes in OTLP over gRPC, on a free port."""
    return start_receiver(grpc_port=0)


@pytest.fixture
def call() -> Iterator[Call]:
    """Call a method of a receiver with a message, and return that of its answer."""
    channels: dict[str, grpc.Channel] = {}

    def made(receiver, message: bytes, method: str = METHODS["logs"], **options) -> bytes:
        channel = channels.get(receiver.grpc)
        if channel is None:
            channel = channels[receiver.grpc] = grpc.insecure_channel(
                receiver.grpc, [("grpc.enable_retries", 0)]
            )
        answer: bytes = channel.unary_unary(method)(
            message, timeout=60, wait_for_ready=True, **options
        )
        return answer

    yield made
    for channel in channels.values():
        channel.close()


def failure(call: Callable[[], bytes]) -> tuple[grpc.StatusCode, str, float | None]:
    """Return how a call fails: code, text, and the delay before it is to be sent again."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    error = raised.value
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin")
    if details is None:
        return error.code(), error.details(), None
    status = Status.FromString(details)
    assert (status.code, status.message) == (error.code().value[0], error.details())
    if not status.details:
        return error.code(), error.details(), None
    (detail,) = status.details
    info = RetryInfo()
    assert detail.Unpack(info)
    return error.code(), error.details(), info.retry_delay.ToTimedelta().total_seconds()
