"""OpenTelemetry's own Python SDK, unchanged, sending to a real receiver; its data as rows."""

import pytest
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

RESOURCE = Resource({"service.name": "shop", "service.namespace": "web", "host.name": "h1"})


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_spans_arrive_whole(receiver, compression: Compression) -> None:
    """
    Parents, attributes, events, errors: what was recorded is what is found.
    """
    provider = TracerProvider(resource=RESOURCE)
    exporter = OTLPSpanExporter(f"{receiver.url}/v1/traces", compression=compression)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("shop.web", "1.2")
    outer = tracer.start_span("GET /pay", kind=trace.SpanKind.SERVER)
    outer.set_attribute("http.route", "/pay")
    inner = tracer.start_span("charge", trace.set_span_in_context(outer))
    inner.record_exception(ValueError("no money"))
    inner.end()
    outer.set_status(trace.StatusCode.ERROR)
    outer.end()
    provider.shutdown()
    found = {row["name"]: row for row in receiver.view("otel_spans")}
    pay, charge = found["GET /pay"], found["charge"]
    assert charge["parent_span_id"] == pay["span_id"] == f"{outer.get_span_context().span_id:016x}"
    assert {pay["trace_id"], charge["trace_id"]} == {f"{outer.get_span_context().trace_id:032x}"}
    assert (pay["kind"], pay["status"], pay["exe"], pay["computer"]) == (
        "SERVER", "ERROR", "web/shop", "h1"
    )  # fmt: skip
    assert pay["properties"]["http.route"] == "/pay"
    assert charge["events"][0]["attributes"]["exception.message"] == "no money"


def test_metrics_arrive_with_histograms(receiver) -> None:
    """
    Counters and gauges are measures, histograms of both kinds rows of their own.
    """
    exporter = OTLPMetricExporter(f"{receiver.url}/v1/metrics")
    provider = MeterProvider([PeriodicExportingMetricReader(exporter, 1e9)], resource=RESOURCE)
    meter = provider.get_meter("shop")
    counter, latency = meter.create_counter("orders", "{order}"), meter.create_histogram("latency")
    for number in range(10):
        counter.add(2, {"kind": "a"})
        latency.record(number * 10.0, {"route": "/pay"})
    provider.shutdown()
    (orders,) = [row for row in receiver.view("measures") if row["name"] == "orders"]
    assert (orders["value"], orders["unit"], orders["target"]) == (20.0, "{order}", "shop")
    assert orders["properties"]["otel.metric.is_monotonic"] == "true"
    (point,) = receiver.view("measure_histograms")
    assert (point["count"], point["sum"], point["min"], point["max"]) == (10, 450.0, 0.0, 90.0)
    assert sum(point["counts"]) == 10
    assert point["properties"] == {"route": "/pay"}


def test_logs_arrive_with_the_span_they_were_made_in(receiver) -> None:
    """
    Body, severity, attributes and the ids of the trace.
    """
    provider = LoggerProvider(resource=RESOURCE)
    exporter = OTLPLogExporter(f"{receiver.url}/v1/logs")
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger("shop.cart")
    with TracerProvider().get_tracer("t").start_as_current_span("outer") as span:
        for number in range(50):
            logger.emit(
                LogRecord(
                    body=f"order {number}",
                    severity_number=SeverityNumber.WARN,
                    attributes={"n": number, "list": ["a", 1.5]},
                    context=trace.set_span_in_context(span),
                )
            )
    provider.shutdown()
    found = receiver.view("log_entries")
    assert sorted(row["msg"] for row in found) == sorted(f"order {n}" for n in range(50))
    assert {row["level"] for row in found} == {3}
    assert {row["properties"]["otel.trace_id"] for row in found} == {
        f"{span.get_span_context().trace_id:032x}"
    }
    assert {row["properties"]["list"] for row in found} == {'["a",1.5]'}
