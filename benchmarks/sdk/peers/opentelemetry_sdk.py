"""OpenTelemetry's SDK with batch processors whose exporters throw everything away."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from benchmarks.sdk.slices import Subject

WORDS = "OpenTelemetry SDK, batches thrown away"


class _Spans(SpanExporter):
    def export(self, _spans: Sequence[Any]) -> SpanExportResult:
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        return


class _Logs:
    def export(self, _batch: Sequence[Any]) -> Any:
        return None

    def shutdown(self) -> None:
        return

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return timeout_millis >= 0


def _metrics() -> dict[tuple[str, str], Subject]:
    meter = MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False).get_meter("benchmark")
    orders, latency = meter.create_counter("orders"), meter.create_histogram("latency")

    def increase(calls: Iterable[None]) -> None:
        for _ in calls:
            orders.add(1)

    def record(calls: Iterable[None]) -> None:
        for _ in calls:
            latency.record(1.5)

    return {
        ("counter.inc", "OpenTelemetry Counter.add"): Subject(increase, share=0.02),
        ("metric.record", "OpenTelemetry Histogram.record"): Subject(record, share=0.02),
    }


def _logs() -> dict[tuple[str, str], Subject]:
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(_Logs()))  # type: ignore[arg-type]
    logger = provider.get_logger("benchmark")

    def message(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.emit(LogRecord(body="text", severity_number=SeverityNumber.INFO))

    def properties(calls: Iterable[None]) -> None:
        for _ in calls:
            logger.emit(
                LogRecord(
                    body="order",
                    severity_number=SeverityNumber.INFO,
                    attributes={"customer": "ann", "items": 3, "total": 1.5},
                )
            )

    return {
        ("log, message only", WORDS): Subject(message, share=0.005),
        ("log, 3 properties", WORDS): Subject(properties, share=0.005),
    }


def _traces() -> dict[tuple[str, str], Subject]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(_Spans()))
    tracer = provider.get_tracer("benchmark")
    loop = asyncio.new_event_loop()

    def spans(calls: Iterable[None]) -> None:
        for _ in calls:
            with tracer.start_as_current_span("work"):
                pass

    def attributes(calls: Iterable[None]) -> None:
        for _ in calls:
            with tracer.start_as_current_span("work", attributes={"order": 7}):
                pass

    @tracer.start_as_current_span("work")
    def decorated() -> None:
        return

    def decorator(calls: Iterable[None]) -> None:
        for _ in calls:
            decorated()

    async def in_task(calls: Iterable[None]) -> None:
        for _ in calls:
            with tracer.start_as_current_span("work"):
                pass

    def same_task(calls: Iterable[None]) -> None:
        loop.run_until_complete(in_task(calls))

    return {
        ("span, with", WORDS): Subject(spans, share=0.005),
        ("span, with a property", WORDS): Subject(attributes, share=0.005),
        ("span, decorator", WORDS): Subject(decorator, share=0.005),
        ("async span, same task", WORDS): Subject(same_task, share=0.005),
    }


def subjects() -> dict[tuple[str, str], Subject]:
    """Return the events of all three signals."""
    return {**_metrics(), **_logs(), **_traces()}
