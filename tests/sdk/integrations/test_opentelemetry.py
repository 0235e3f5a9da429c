"""OpenTelemetry's own SDK and an instrumentation of it record into the lake."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from enum import StrEnum

import pytest
import requests
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanKind, Status, StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import limnograph
from limnograph import span
from limnograph.integrations import asgi, opentelemetry
from tests.sdk.integrations.sent import Row, logs, spans, spans_named
from tests.sdk.integrations.servers import asgi_server
from tests.sdk.peer import Peer


@pytest.fixture
def provider() -> Iterator[TracerProvider]:
    found = TracerProvider(id_generator=opentelemetry.IdGenerator(), shutdown_on_exit=False)
    found.add_span_processor(opentelemetry.SpanProcessor())
    yield found
    found.shutdown()
    assert not opentelemetry._OPEN


class Step(StrEnum):
    PAY = "pay"


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row["name"]: row for row in rows}


def test_spans_arrive_with_all_that_they_have(sdk: Peer, provider: TracerProvider) -> None:
    """
    Times, ids, parents, kind, attributes, events, links and status.
    """
    tracer = provider.get_tracer("shop.tracing", "1.0")
    linked = tracer.start_span("linked")
    linked.end()
    with tracer.start_as_current_span("outer", kind=SpanKind.SERVER) as outer:
        outer.set_attribute("http.route", "/a")
        outer.set_attribute("tags", ["a", "b"])
        outer.set_attribute("ok", True)
        outer.set_attribute("step", Step.PAY)
        outer.add_event("paid", {"amount": 3})
        link = Link(linked.get_span_context(), {"why": "test"})
        with tracer.start_as_current_span("inner", links=[link]) as inner:
            inner.set_status(Status(StatusCode.ERROR, "no stock"))
    begin_ns = time.time_ns() - 3_600_000_000_000
    tracer.start_span("late", start_time=begin_ns).end(begin_ns + 5_000_000)
    rows = by_name(spans(sdk))
    row, within = rows["outer"], rows["inner"]
    context = outer.get_span_context()
    assert (row["status"], row["parent"], row["depth"]) == (1, 0, 0)
    assert (within["status"], within["parent"], within["depth"]) == (2, row["id"], 1)
    assert row["target"] == "shop.tracing"
    events = json.loads(row["properties"].pop("events"))
    assert [(event["name"], event["attributes"]) for event in events] == [("paid", {"amount": 3})]
    assert row["properties"] == {
        "trace_id": f"{context.trace_id:032x}",
        "span_id": f"{context.span_id:016x}",
        "span.kind": "server",
        "http.route": "/a",
        "tags": '["a", "b"]',
        "ok": "true",
        "step": "pay",
    }
    assert within["properties"]["parent_span_id"] == row["properties"]["span_id"]
    assert within["properties"]["otel.status_description"] == "no stock"
    assert json.loads(within["properties"]["links"]) == [
        {
            "trace_id": rows["linked"]["properties"]["trace_id"],
            "span_id": rows["linked"]["properties"]["span_id"],
            "attributes": {"why": "test"},
        }
    ]
    assert abs(rows["late"]["duration"] - 5_000_000) <= 1_000
    assert within["duration"] <= row["duration"]


def test_exceptions_are_properties_as_in_our_spans(sdk: Peer, provider: TracerProvider) -> None:
    """
    Type, message and stack trace, besides the event.
    """
    tracer = provider.get_tracer("t")
    with pytest.raises(ZeroDivisionError), tracer.start_as_current_span("broken"):
        1 / 0  # noqa: B018
    (row,) = spans(sdk)
    assert row["status"] == 2
    assert row["properties"]["exception.type"] == "ZeroDivisionError"
    assert "test_opentelemetry.py" in row["properties"]["exception.stacktrace"]


def test_spans_begin_inside_ours_and_may_outlive_their_parent(
    sdk: Peer, provider: TracerProvider
) -> None:
    """
    One trace, one tree; a parent that ends first is still the parent.
    """
    tracer = provider.get_tracer("t")
    with span("ours")() as ours:
        trace_id = ours.trace_id
        first = tracer.start_span("first")
        second = tracer.start_span("second", context=trace.set_span_in_context(first))
        first.end()
        second.end()
    rows = by_name(spans(sdk))
    assert rows["first"]["parent"] == rows["ours"]["id"]
    assert rows["second"]["parent"] == rows["first"]["id"]
    assert [rows[name]["depth"] for name in ("ours", "first", "second")] == [0, 1, 2]
    assert {row["properties"]["trace_id"] for row in rows.values()} == {trace_id}


def test_an_instrumentation_of_opentelemetry_works_at_our_cost(
    sdk: Peer, provider: TracerProvider
) -> None:
    """
    Its requests are recorded, and the server that it calls continues its trace.
    """

    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    instrumentor = RequestsInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        with asgi_server(asgi.Middleware(Starlette(routes=[Route("/hello", hello)]))) as address:
            assert requests.get(f"http://{address}/hello", timeout=10).text == "hello"
            (server,) = spans_named(sdk, "GET /hello")
    finally:
        instrumentor.uninstrument()
    (client,) = spans_named(sdk, "GET")
    assert client["target"] == "opentelemetry.instrumentation.requests"
    assert client["properties"]["span.kind"] == "client"
    assert server["properties"]["trace_id"] == client["properties"]["trace_id"]
    assert server["properties"]["parent_span_id"] == client["properties"]["span_id"]


def test_logs_arrive_with_level_place_and_trace(sdk: Peer, provider: TracerProvider) -> None:
    """
    Severity, body, attributes, and the span they were written in.
    """
    loggers = LoggerProvider(shutdown_on_exit=False)
    loggers.add_log_record_processor(opentelemetry.LogRecordProcessor())
    logger = loggers.get_logger("shop.log")
    with provider.get_tracer("t").start_as_current_span("outer") as outer:
        logger.emit(
            LogRecord(
                severity_number=SeverityNumber.WARN2,
                body="low on %s",
                attributes={"code.file.path": "/shop.py", "code.line.number": 7, "n": [1, 2]},
            )
        )
    for number in (SeverityNumber.TRACE, SeverityNumber.DEBUG4, SeverityNumber.INFO):
        logger.emit(LogRecord(severity_number=number, body={"a": 1}, event_name="ev"))
    for number in (SeverityNumber.ERROR, SeverityNumber.FATAL4, None):
        logger.emit(LogRecord(severity_number=number, body=b"\x01"))
    assert loggers.force_flush()
    loggers.shutdown()
    rows = logs(sdk)
    (parent,) = spans(sdk)
    assert [row["level"] for row in rows] == [3, 6, 5, 4, 2, 1, 4]
    assert (rows[0]["msg"], rows[0]["target"]) == ("low on %s", "shop.log")
    assert (rows[0]["file"], rows[0]["line"]) == ("/shop.py", 7)
    assert rows[0]["properties"] == {
        "n": "[1, 2]",
        "trace_id": f"{outer.get_span_context().trace_id:032x}",
        "span_id": str(parent["id"]),
    }
    assert (rows[1]["msg"], rows[1]["properties"]) == ('{"a": 1}', {"event.name": "ev"})
    assert rows[4]["msg"] == "01"


def test_nothing_happens_while_nothing_is_recorded(peer: Peer, provider: TracerProvider) -> None:
    """
    A span that began before init is recorded without a parent of ours.
    """
    tracer = provider.get_tracer("t")
    with tracer.start_as_current_span("never"):
        pass
    early = tracer.start_span("early")
    assert limnograph.init("shop", peer.uri)
    early.end()
    (row,) = spans(peer)
    assert (row["name"], row["parent"], row["depth"]) == ("early", 0, 0)


PROGRAM = """
import sys
import limnograph
from limnograph.integrations import opentelemetry as bridge
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord

limnograph.init("shop", sys.argv[1])
bridge.instrument()
bridge.instrument()
counter = metrics.get_meter("m").create_counter("orders")
tracer, logger = trace.get_tracer("t"), _logs.get_logger("l")
with tracer.start_as_current_span("one"):
    logger.emit(LogRecord(body="one"))
counter.add(2)
bridge.uninstrument()
bridge.uninstrument()
with tracer.start_as_current_span("two"):
    logger.emit(LogRecord(body="two"))
counter.add(3)
bridge.instrument()
with tracer.start_as_current_span("three"):
    logger.emit(LogRecord(body="three"))
counter.add(4)
"""


def test_one_line_instruments_a_process(peer: Peer) -> None:
    """
    Providers are made where there are none; the last counts go out at the exit.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, peer.uri],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["name"] for row in peer.rows("cpu")] == ["one", "three"]
    assert [row["msg"] for row in peer.rows("log")] == ["one", "three"]
    orders = [row["value"] for row in peer.rows("metrics") if row["name"] == "orders"]
    assert orders == [2, 4]


FLUSHED = """
import os
import sys
import limnograph
from limnograph.integrations import opentelemetry as bridge
from opentelemetry import metrics

limnograph.init("shop", sys.argv[1])
bridge.instrument()
metrics.get_meter("m").create_counter("orders").add(2)
metrics.get_meter_provider().force_flush()
limnograph.flush()
os._exit(0)
"""


def test_the_provider_that_is_made_takes_what_was_measured_when_it_is_told_to(peer: Peer) -> None:
    """
    Programs that flush by themselves need not wait for the interval or the exit.
    """
    subprocess.run([sys.executable, "-W", "error", "-c", FLUSHED, peer.uri], timeout=60, check=True)
    orders = [row["value"] for row in peer.rows("metrics") if row["name"] == "orders"]
    assert orders == [2]


BELOW = """
import sys
import limnograph
from limnograph import trace
from limnograph.integrations import opentelemetry as bridge
from opentelemetry import trace as otel
limnograph.init("below", sys.argv[1])
bridge.instrument()
with otel.get_tracer("t").start_as_current_span("theirs") as theirs:
    with trace("ours") as ours, trace("inner") as inner:
        pass
with trace("alone") as alone:
    pass
found = theirs.get_span_context()
print(f"{found.trace_id:032x} {found.span_id:016x}", ours.span_id, alone.trace_id)
limnograph.shutdown(10)
"""


def test_our_trace_spans_begin_inside_theirs(peer: Peer) -> None:
    """
    In one trace, each below the innermost of either library; outside of both a trace begins.
    """
    done = subprocess.run(
        [sys.executable, "-c", BELOW, peer.uri], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    trace_id, theirs, ours, alone = done.stdout.split()
    own = {
        row["name"]: (
            row["properties"]["limnograph.trace_id"],
            row["properties"].get("limnograph.parent_span_id"),
        )
        for row in peer.rows("trace")
    }
    assert own == {"ours": (trace_id, theirs), "inner": (trace_id, ours), "alone": (alone, None)}
    assert alone != trace_id
