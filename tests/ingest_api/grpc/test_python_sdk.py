"""OpenTelemetry's own Python SDK, unchanged, sending over gRPC; its data as rows."""

import pytest
from grpc import Compression
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.ingest_api.otlp.test_python_sdk import RESOURCE


@pytest.mark.parametrize("compression", list(Compression), ids=lambda one: one.name)
def test_all_three_signals_arrive_whole(grpc_receiver, compression: Compression) -> None:
    """
    Told nothing but where: spans, points and records are found as they were recorded.
    """
    to = {"endpoint": f"http://{grpc_receiver.grpc}", "compression": compression}
    tracing = TracerProvider(resource=RESOURCE)
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**to)))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(**to), 1e9)
    metering = MeterProvider([reader], resource=RESOURCE)
    logging = LoggerProvider(resource=RESOURCE)
    logging.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(**to)))

    tracer, meter = tracing.get_tracer("shop"), metering.get_meter("shop")
    orders, latency = meter.create_counter("orders"), meter.create_histogram("latency")
    for number in range(700):
        with tracer.start_as_current_span(f"GET /{number}"):
            orders.add(2)
            latency.record(number)
            logging.get_logger("shop").emit(LogRecord(body=f"order {number}"))
    for provider in (tracing, metering, logging):
        provider.shutdown()

    spans, logs = grpc_receiver.view("otel_spans"), grpc_receiver.view("log_entries")
    assert sorted(row["name"] for row in spans) == sorted(f"GET /{n}" for n in range(700))
    assert sorted(row["msg"] for row in logs) == sorted(f"order {n}" for n in range(700))
    traces = {row["properties"]["otel.trace_id"] for row in logs}
    assert traces == {row["trace_id"] for row in spans}
    values = {row["name"]: row["value"] for row in grpc_receiver.view("measures")}
    assert values["orders"] == 1400
    (point,) = grpc_receiver.view("measure_histograms")
    assert (point["count"], point["sum"]) == (700, sum(range(700)))
