"""One request from the SDK's trace spans to SQL: its logs, its measures, its profile, one join."""

import asyncio
import time

import pytest

import limnograph
from limnograph import log, metric, propagation, span, trace
from tests.app.spans_page import questions

pytestmark = pytest.mark.slow

LATENCY = metric("payment.latency", "ms")
CHARGE = span("charge")
SIGN = span("sign")


def test_a_request_is_a_trace_with_its_logs_measures_and_profile(services: dict[str, str]) -> None:
    """
    Trace spans stand in otel_spans with what they carry; logs and measures join by their ids, the
    profile by process, stream and time, and exactly by the number of the span.
    """
    begin_ns = time.time_ns()
    parent = propagation.TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert limnograph.init("shop", services["ingest"], level="trace")
    process_id = limnograph.process_id()
    with trace("GET /cart", kind="server", parent=parent, user=7) as request:
        log.info("request %d", 1)
        with CHARGE, trace("pay", kind="client") as pay:
            LATENCY.record(12.5)
            with SIGN:
                pass
            pay.event("retry", attempt=2)
            pay.fail(ValueError("no money"))
    with SIGN:
        log.info("elsewhere")
    assert limnograph.flush(30)

    with limnograph.connect(services["http"]) as lake:

        def asked(sql: str) -> list[tuple[object, ...]]:
            return lake.query(sql, begin_ns).rows()

        rows = asked(
            "SELECT name, kind, status, status_message, trace_id, span_id, parent_span_id, "
            "target, process_id, exe, properties, events, links, span_number "
            "FROM otel_spans ORDER BY start_time"
        )
        outer, inner = rows
        ids = (request.trace_id, request.span_id, parent.span_id)
        assert outer[:7] == ("GET /cart", "SERVER", "UNSET", None, *ids)
        assert outer[7:9] == (__name__, process_id)
        assert dict(outer[10]) == {"user": "7"}
        assert (outer[11], outer[12]) == ([], [])
        assert inner[:4] == ("pay", "CLIENT", "ERROR", "ValueError: no money")
        assert inner[4:7] == (request.trace_id, pay.span_id, request.span_id)
        retry, exception = inner[11]
        assert (retry["name"], dict(retry["attributes"])) == ("retry", {"attempt": "2"})
        assert begin_ns <= retry["time"] <= exception["time"] <= time.time_ns()
        assert dict(exception["attributes"])["exception.type"] == "ValueError"

        slow, logged, measured, direct, deep, ran = questions(
            trace_id=request.trace_id, span_id=request.span_id, process_id=process_id
        )
        assert [row[:4] for row in asked(slow)] == [
            (request.trace_id, request.span_id, outer[9], "GET /cart")
        ]
        assert [(row[0], row[2]) for row in asked(logged)] == [("GET /cart", "request 1")]
        assert asked(measured) == [("pay", "payment.latency", 12.5)]
        assert [row[:2] for row in asked(direct)] == [("GET /cart", "charge"), ("pay", "sign")]
        assert [row[:3] for row in asked(deep)] == [("GET /cart", 1, "charge"), ("pay", 1, "sign")]
        assert [row[0] for row in asked(ran)] == ["charge", "sign"]


def test_requests_of_one_thread_are_told_apart(services: dict[str, str]) -> None:
    """
    Coroutines of two requests take turns; each request has its own spans, at every depth, and the
    lane of coroutines has those that they ran themselves.
    """
    begin_ns = time.time_ns()
    assert limnograph.init("shop", services["ingest"], level="trace")
    process_id = limnograph.process_id()

    async def serve(number: int, turn: asyncio.Barrier) -> str:
        with trace(f"GET /{number}", kind="server") as request:
            await turn.wait()
            with CHARGE(number=number):
                await turn.wait()
                with SIGN:
                    await turn.wait()
                signed()
            return request.trace_id

    @SIGN
    def signed() -> None:
        """Nest in whoever calls."""

    async def both() -> list[str]:
        turn = asyncio.Barrier(2)
        return await asyncio.gather(serve(0, turn), serve(1, turn))

    found = asyncio.run(both())
    assert limnograph.flush(30)
    with limnograph.connect(services["http"]) as lake:
        for number, trace_id in enumerate(found):
            *_, deep, _ran = questions(trace_id=trace_id, span_id="", process_id=process_id)
            rows = lake.query(deep, begin_ns).rows()
            own = f"GET /{number}"
            assert [row[:3] for row in rows] == [
                (own, 1, "charge"), (own, 2, "sign"), (own, 2, "sign")
            ]  # fmt: skip
        kinds = {
            kind: lake.query(
                "SELECT thread_name, name, count(*) AS spans, max(stream_id) AS stream "
                f"FROM process_spans('{process_id}', '{kind}') GROUP BY thread_name, name "
                "ORDER BY name",
                begin_ns,
            ).rows()
            for kind in ("async", "thread")
        }
        assert kinds["async"] == [("async", "charge", 2, ""), ("async", "sign", 2, "")]
        assert [row[1:3] for row in kinds["thread"]] == [("sign", 2)]
        events = lake.query(
            "SELECT name, count(*) AS events, count(DISTINCT span_id) AS spans "
            f"FROM view_instance('async_events', '{process_id}') GROUP BY name ORDER BY name",
            begin_ns,
        ).rows()
        assert events == [("charge", 4, 2), ("sign", 4, 2)]
