"""
OpenTelemetry's SDK, set up once a process: the same lines as with any other backend.

Where to is said by OTEL_EXPORTER_OTLP_ENDPOINT, which exporters read themselves; told nothing they
send to this machine, where `limnod up` listens.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opentelemetry import metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

NAMESPACE = "otel_shop"
METRICS_EVERY_MS = 5_000


def observed(service: str) -> FastAPI:
    """Return a web application whose requests, calls and logs are sent as *service*."""
    resource = Resource.create({"service.name": service, "service.namespace": NAMESPACE})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(), METRICS_EVERY_MS)
    meters = MeterProvider([reader], resource=resource)
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(meters)
    set_logger_provider(loggers)

    logger = logging.getLogger(NAMESPACE)
    logger.setLevel(logging.INFO)
    logger.addHandler(LoggingHandler(logger_provider=loggers))

    @asynccontextmanager
    async def until_stopped(_: FastAPI) -> AsyncIterator[None]:
        yield
        for provider in (tracers, meters, loggers):
            provider.shutdown()  # sends what is left

    app = FastAPI(title=service, lifespan=until_stopped)
    FastAPIInstrumentor.instrument_app(
        app, exclude_spans=["receive", "send"], excluded_urls="/health"
    )
    HTTPXClientInstrumentor().instrument()

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"service": service}

    return app
