"""
The peer of the gRPC door: grpcio's servicers with generated classes, a loop over records, a file.

As one would begin: protobuf's own parser (upb) makes the message, Python walks over its records and
writes them as lines of JSON into one fsynced file a request. It knows no process, looks for no
duplicates and records nothing in a database.
"""

import os
import sys
import uuid
from collections.abc import Iterable, Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import orjson
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

THREADS = 8
Row = dict[str, Any]


def value_of(value: Any) -> Any:
    """Return the value of an attribute or body."""
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None


def values_of(attributes: Iterable[Any]) -> Row:
    """Return attributes as JSON has them."""
    return {entry.key: value_of(entry.value) for entry in attributes}


def log_rows(request: Any) -> Iterator[Row]:
    """Yield the log records of a request."""
    for resource in request.resource_logs:
        of_all = values_of(resource.resource.attributes)
        for scope in resource.scope_logs:
            for one in scope.log_records:
                yield {
                    "resource": of_all,
                    "scope": scope.scope.name,
                    "time": one.time_unix_nano,
                    "observed": one.observed_time_unix_nano,
                    "severity": one.severity_number,
                    "severity_text": one.severity_text,
                    "body": value_of(one.body),
                    "trace": one.trace_id.hex(),
                    "span": one.span_id.hex(),
                    "attributes": values_of(one.attributes),
                }


def span_rows(request: Any) -> Iterator[Row]:
    """Yield the spans of a request."""
    for resource in request.resource_spans:
        of_all = values_of(resource.resource.attributes)
        for scope in resource.scope_spans:
            for one in scope.spans:
                yield {
                    "resource": of_all,
                    "scope": scope.scope.name,
                    "trace": one.trace_id.hex(),
                    "span": one.span_id.hex(),
                    "parent": one.parent_span_id.hex(),
                    "name": one.name,
                    "kind": one.kind,
                    "start": one.start_time_unix_nano,
                    "end": one.end_time_unix_nano,
                    "status": one.status.code,
                    "attributes": values_of(one.attributes),
                    "events": [
                        [event.time_unix_nano, event.name, values_of(event.attributes)]
                        for event in one.events
                    ],
                }


def point_rows(request: Any) -> Iterator[Row]:
    """Yield the points of sums and histograms of a request."""
    for resource in request.resource_metrics:
        of_all = values_of(resource.resource.attributes)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for one in getattr(metric, metric.WhichOneof("data")).data_points:
                    row = {
                        "resource": of_all,
                        "scope": scope.scope.name,
                        "name": metric.name,
                        "unit": metric.unit,
                        "time": one.time_unix_nano,
                        "attributes": values_of(one.attributes),
                    }
                    if metric.HasField("histogram"):
                        row["bounds"] = list(one.explicit_bounds)
                        row["counts"] = list(one.bucket_counts)
                    else:
                        row["value"] = getattr(one, one.WhichOneof("value"))
                    yield row


class Servicer:
    """Writes the records of each request into a file of their own."""

    def __init__(self, folder: Path, rows: Any, response: Any) -> None:
        self._folder, self._rows, self._response = folder, rows, response

    def Export(self, request: Any, _: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        """Return when the records are on disk."""
        lines = b"\n".join(map(orjson.dumps, self._rows(request)))
        path = self._folder / str(uuid.uuid4())
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        try:
            os.write(descriptor, lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return self._response()


class Ready(BaseHTTPRequestHandler):
    """Says that the program runs."""

    def do_GET(self) -> None:
        """Answer 200."""
        self.send_response(200)
        self.end_headers()


def main(http_port: int, folder: Path, grpc_port: int) -> None:
    """Serve until the process is ended."""
    folder.mkdir()
    server = grpc.server(
        futures.ThreadPoolExecutor(THREADS), options=[("grpc.max_receive_message_length", 1 << 26)]
    )
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(
        Servicer(folder, log_rows, logs_service_pb2.ExportLogsServiceResponse), server
    )
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(
        Servicer(folder, point_rows, metrics_service_pb2.ExportMetricsServiceResponse), server
    )
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(
        Servicer(folder, span_rows, trace_service_pb2.ExportTraceServiceResponse), server
    )
    server.add_insecure_port(f"127.0.0.1:{grpc_port}")
    server.start()
    ThreadingHTTPServer(("127.0.0.1", http_port), Ready).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
