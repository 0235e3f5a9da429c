"""A trace through services under OpenTelemetry and under our own SDK is one story in SQL."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import limnograph
from examples.otel_shop.services import running
from tests.otlp_clients import own_service
from tests.otlp_clients.conftest import Platform

pytestmark = pytest.mark.slow

SECONDS_MAX = 120
STORY = """
SELECT coalesce(process_properties['service'], exe) AS service, name, span_id, parent_span_id
FROM otel_spans WHERE trace_id = '{trace_id}' ORDER BY start_time
"""


@contextmanager
def own(environ: dict[str, str]) -> Iterator[str]:
    """Run the service under our own SDK; yields its address."""
    with subprocess.Popen(
        [sys.executable, own_service.__file__],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())}"
        process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0


def test_one_query_shows_a_trace_through_both_kinds_of_services(platform: Platform) -> None:
    """
    OpenTelemetry calls ours, ours calls OpenTelemetry: every span has its parent, across all three.
    """
    environ = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OTEL_EXPORTER_OTLP_ENDPOINT": platform.addresses["ingest"],
        "LIMNO_INGEST_URI": platform.addresses["ingest"],
    }
    provider = TracerProvider(resource=Resource({"service.name": "customer"}))
    exporter = OTLPSpanExporter(f"{platform.addresses['ingest']}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    with ExitStack() as services:
        environ["PAYMENT_URL"] = services.enter_context(running("payment", environ))
        url = services.enter_context(own(environ))
        with provider.get_tracer("customer").start_as_current_span(
            "buy", kind=trace.SpanKind.CLIENT
        ) as span:
            headers: dict[str, str] = {}
            TraceContextTextMapPropagator().inject(headers)
            answer = httpx.post(f"{url}/till/4", headers=headers, timeout=SECONDS_MAX)
    assert answer.status_code == 200
    provider.shutdown()
    trace_id = f"{span.get_span_context().trace_id:032x}"
    with limnograph.connect(platform.addresses["flight"]) as lake:
        story = lake.query(STORY.format(trace_id=trace_id)).rows()
    assert [(service, name) for service, name, *_ in story] == [
        ("customer", "buy"),
        ("till", "POST"),
        ("till", "POST"),
        ("otel_shop/payment", "POST /charges/{number}"),
        ("otel_shop/payment", "charge card"),
    ]
    ids = [span_id for *_, span_id, _ in story]
    assert [parent for *_, parent in story] == [None, *ids[:-1]]
