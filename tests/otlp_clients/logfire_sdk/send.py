"""
An application under the logfire SDK, told by OTEL_EXPORTER_OTLP_ENDPOINT to send here alone.

Prints its ledger, as the other clients do: tests/otlp_clients/reconciling.py.
"""

import logging

import logfire
from opentelemetry._logs import LogRecord, SeverityNumber, get_logger
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sdk_ledger import Ledger

ROUNDS, ORDERS = 3, 10


def main() -> None:
    """Record spans, logs of every level, an exception and metrics."""
    spans, logs, ledger = InMemorySpanExporter(), InMemoryLogRecordExporter(), Ledger()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        inspect_arguments=False,
        additional_span_processors=[SimpleSpanProcessor(spans)],
        advanced=logfire.AdvancedOptions(log_record_processors=[SimpleLogRecordProcessor(logs)]),
    )
    logging.basicConfig(handlers=[logfire.LogfireLoggingHandler()], level=logging.INFO)
    orders = logfire.metric_counter("orders", unit="{order}")
    latency = logfire.metric_histogram("latency", unit="ms")
    about = {"target": "logfire", "unit": "{order}", "attributes": {"kind": "grün"}}
    for done in range(ROUNDS):
        for number in range(ORDERS):
            with logfire.span("order {number}", number=number, texts=["a", "ü"], nested={"a": 1}):
                logfire.info("in order {number}", number=number)
                logfire.warn("little is left", left=0.5)
                latency.record(number + 0.5, {"route": "/pay"})
            ledger.histogram("latency", number + 0.5, attributes={"route": "/pay"}, exemplars=True)
        try:
            with logfire.span("it fails"):
                float("no number")
        except ValueError:
            logging.getLogger("shop").exception("as was to be expected")
        orders.add(ORDERS, {"kind": "grün"})
        ledger.number("orders", ORDERS * (done + 1), monotonic=True, **about)
        record = LogRecord(body={"round": done}, severity_number=SeverityNumber.INFO)
        get_logger("shop.log").emit(record)
        logfire.force_flush()
    logfire.shutdown()
    finished = spans.get_finished_spans()
    ledger.print(finished[0].resource, finished, logs.get_finished_logs())


if __name__ == "__main__":
    main()
