"""
An application under OpenTelemetry's Python SDK: records what the SDK can record, prints its ledger.

Where to, how encoded and how aggregated is said by the variables that OpenTelemetry defines
(OTEL_EXPORTER_OTLP_*, OTEL_SERVICE_NAME), as any application would be told.
"""

import argparse
import logging
import os
import time
from importlib import import_module
from typing import Any

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sdk_ledger import Ledger

RESOURCE = {
    "host.name": "desk",
    "text": "größe 🚀",
    "flag": True,
    "number": 2**53 + 1,
    "fraction": 0.1,
    "texts": ("a", "ü"),
    "numbers": (1, -2),
}
EVERY_TYPE = {
    "text": 'grüße 🚀 "quoted" \\ and a\nline',
    "empty": "",
    "long": "x" * 20_000,
    "yes": True,
    "no": False,
    "zero": 0,
    "least": -(2**63),
    "greatest": 2**63 - 1,
    "tenth": 0.1,
    "whole": 3.0,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "nothing": float("nan"),
    "endless": float("-inf"),
    "texts": ("a", "", "ü"),
    "flags": (True, False),
    "numbers": (1, -(2**63)),
    "fractions": (0.5, -1e300),
    "schlüssel ü": "key",
}
NESTED = {
    "map": {"list": [1, 2.5, None, "ü", {"deep": True}], "bytes": b"\x00\xff"},
    "bytes": b"\x01",
}


class Application:
    """The application, and what it has recorded so far."""

    def __init__(self, processor: str, resource: Resource) -> None:
        self.ledger = Ledger()
        self.spans, self.logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
        self.tracers = TracerProvider(resource=resource)
        self.loggers = LoggerProvider(resource=resource)
        batch = processor == "batch"
        spans_to = BatchSpanProcessor if batch else SimpleSpanProcessor
        logs_to = BatchLogRecordProcessor if batch else SimpleLogRecordProcessor
        self.tracers.add_span_processor(spans_to(exporter("trace_exporter", "OTLPSpanExporter")))
        self.tracers.add_span_processor(SimpleSpanProcessor(self.spans))
        self.loggers.add_log_record_processor(logs_to(exporter("_log_exporter", "OTLPLogExporter")))
        self.loggers.add_log_record_processor(SimpleLogRecordProcessor(self.logs))
        reader = PeriodicExportingMetricReader(
            exporter("metric_exporter", "OTLPMetricExporter"), 3_600_000
        )
        self.meters = MeterProvider([reader], resource=resource)
        self.tracer = self.tracers.get_tracer(
            "shop.web", "1.2", "https://shop/schema", {"of": "scope"}
        )
        self.logger = self.loggers.get_logger(
            "shop.cart", "3", "https://cart/schema", {"number": 7}
        )
        self.standard = logging.getLogger("shop.standard")
        self.standard.setLevel(logging.DEBUG)
        self.standard.propagate = False
        self.standard.addHandler(LoggingHandler(logger_provider=self.loggers))
        self._instruments()

    def _instruments(self) -> None:
        meter = self.meters.get_meter("shop.meter", "4")
        self.orders = meter.create_counter("orders", "{order}", "orders that were placed")
        self.income = meter.create_counter("income", "EUR")
        self.waiting = meter.create_up_down_counter("waiting", "{customer}")
        self.warmth = meter.create_gauge("warmth", "Cel")
        self.latency = meter.create_histogram("latency", "ms", "how long it took")
        self.sizes = meter.create_histogram(
            "sizes", "By", explicit_bucket_boundaries_advisory=[10.0, 100.0, 1000.0]
        )
        self.round = 0
        meter.create_observable_counter("ticks", [self._observe], "{tick}")
        meter.create_observable_up_down_counter("level", [self._observe_level], "m")
        meter.create_observable_gauge("load", [self._observe_load], "1")

    def _observe(self, _: CallbackOptions) -> list[Observation]:
        return [Observation(self.round * 10, {"clock": "wall"})]

    def _observe_level(self, _: CallbackOptions) -> list[Observation]:
        return [Observation(5 - self.round)]

    def _observe_load(self, _: CallbackOptions) -> list[Observation]:
        return [Observation(self.round / 4, {"core": core}) for core in range(2)]

    def play(self, traces: int) -> None:
        """Record one round of everything."""
        self.round += 1
        for number in range(traces):
            self._request(number)
        for severity in SeverityNumber:
            self._emit(body=f"severity {severity.value}", severity_number=severity)
        for body in (
            NESTED,
            ["a", 1, None],
            7,
            0.1,
            True,
            b"\x00\x01",
            "",
            "grüße 🚀",
            "x" * 20_000,
        ):
            self._emit(body=body, severity_number=SeverityNumber.INFO, severity_text="INFO")
        self._emit(body="an event", event_name="shop.opened", attributes={**EVERY_TYPE, **NESTED})
        self._emit(timestamp=time.time_ns() - 1_000_000_000, body="a second ago")
        self.standard.warning("order %d of %s", self.round, "Ada", extra={"route": "/pay"})
        try:
            float("no money: grüße")
        except ValueError:
            self.standard.exception("it failed")
        self._sums()

    def _emit(self, **record: Any) -> None:
        now = {"timestamp": time.time_ns(), "observed_timestamp": time.time_ns()}
        self.logger.emit(LogRecord(**{**now, **record}))

    def _request(self, number: int) -> None:
        """Record one trace: a request, what it called, errors, logs and exemplars."""
        with self.tracer.start_as_current_span(
            "GET /pay/{id}", kind=trace.SpanKind.SERVER, attributes={**EVERY_TYPE, "n": number}
        ) as outer:
            outer.add_event("began", {"at": number, "ratio": 0.25, "texts": ("a", "b")})
            self._measure("latency", self.latency, 2.0 ** (number % 12) + 0.3, number)
            self.standard.info("in request %d", number)
            links = [trace.Link(outer.get_span_context(), {"why": "it caused it"})]
            with self.tracer.start_as_current_span(
                "publish", kind=trace.SpanKind.PRODUCER, links=links
            ):
                self._measure("sizes", self.sizes, number * 7 + 0.5, number)
            with self.tracer.start_as_current_span("charge", kind=trace.SpanKind.CLIENT) as inner:
                if number % 5 == 4:
                    inner.record_exception(ValueError(f"no money for {number}"))
                    inner.set_status(trace.StatusCode.ERROR, "the card was refused")
                else:
                    inner.set_status(trace.StatusCode.OK)

    def _measure(self, name: str, instrument: Any, value: float, number: int) -> None:
        attributes = {"route": "/pay", "odd": number % 2 == 1}
        instrument.record(value, attributes)
        self.ledger.histogram(name, value, attributes=attributes, exemplars=True)

    def _sums(self) -> None:
        """Record one round of every other instrument, and what their series then are."""
        done = self.round
        for kind in ("tea", "größe"):
            self.orders.add(3, {"kind": kind})
            self._number("orders", 3 * done, "{order}", monotonic=True, kind=kind)
        self.income.add(0.25, {"shop": 1})
        self._number("income", 0.25 * done, "EUR", monotonic=True, shop=1)
        self.waiting.add(4)
        self.waiting.add(-6)
        self._number("waiting", -2 * done, "{customer}", monotonic=False)
        self.warmth.set(done - 0.5, {"room": "cellar"})
        self._number("warmth", done - 0.5, "Cel", room="cellar")
        self._number("ticks", 10 * done, "{tick}", monotonic=True, clock="wall")
        self._number("level", 5 - done, "m", monotonic=False)
        for core in range(2):
            self._number("load", done / 4, "1", core=core)

    def _number(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        monotonic: bool | None = None,
        **attributes: Any,
    ) -> None:
        about = {"unit": unit, "target": "shop.meter", "monotonic": monotonic}
        self.ledger.number(name, value, attributes=attributes, **about)


def exporter(module: str, name: str) -> Any:
    """Return the exporter of a signal over the protocol that the environment names."""
    package = {"http/protobuf": "http", "grpc": "grpc"}[os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"]]
    return getattr(import_module(f"opentelemetry.exporter.otlp.proto.{package}.{module}"), name)()


def main() -> None:
    """Record some rounds and send everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processor", choices=["batch", "simple"], default="batch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--traces", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0, help="seconds between rounds")
    asked = parser.parse_args()
    resource = Resource.create(RESOURCE)
    application = Application(asked.processor, resource)
    for _ in range(asked.rounds):
        application.play(asked.traces)
        application.meters.force_flush(120_000)
        time.sleep(asked.pause)
    for provider in (application.meters, application.loggers, application.tracers):
        provider.shutdown()
    application.ledger.print(
        resource,
        application.spans.get_finished_spans(),
        application.logs.get_finished_logs(),
    )


if __name__ == "__main__":
    main()
