"""Trace spans: what a row says, whose parent is whose, what is recorded inside, how they end."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import limnograph
from limnograph import log, metric, propagation, recorder, span, trace
from limnograph.limits import TRACE_EVENTS_BYTES_MAX, TRACE_LINKS_MAX, TRACE_STACK_CHARS_MAX
from limnograph.propagation import TraceContext
from limnograph.trace_span import TraceSpan
from limnograph.wire.streams import thread_stream_id
from tests.sdk.peer import Peer
from tests.sdk.programs import start, wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
REMOTE = TraceContext(TRACE, PARENT, False, "vendor=1")
LATENCY = metric("latency")
STEP = span("step")


@pytest.fixture(autouse=True)
def _no_failure() -> Iterator[None]:
    before = recorder.failures()
    yield
    assert recorder.failures() == before


def rows(peer: Peer, tag: str = "trace") -> dict[str, dict[str, Any]]:
    """Flush and return each row by its name, its own keys without their prefix."""
    assert limnograph.flush(5)
    found = {}
    for row in peer.rows(tag):
        row["own"] = {
            key.removeprefix("limnograph."): value
            for key, value in row["properties"].items()
            if key.startswith("limnograph.")
        }
        found[row["name"]] = row
    return found


def attributes(row: dict[str, Any]) -> dict[str, str]:
    """Return what the application has set."""
    return {k: v for k, v in row["properties"].items() if not k.startswith("limnograph.")}


def test_a_row_says_what_was_done_where_and_how_it_ended(sdk: Peer) -> None:
    """
    Kind, attributes, status and the thread whose stream its profile spans are in.
    """
    with trace("GET /cart", kind="server", user=7, tags=["a", 1]) as current:
        current.set(items=3, empty=None)
        current.rename("GET /cart/{id}")
        with STEP:
            pass
    (row,) = rows(sdk).values()
    assert (row["name"], row["unit"], row["target"]) == ("GET /cart/{id}", "server", __name__)
    assert row["own"] == {"trace_id": current.trace_id, "span_id": current.span_id}
    assert attributes(row) == {"user": "7", "tags": '["a",1]', "items": "3"}
    assert (row["status"], row["parent"]) == (0, 0)
    assert row["id"] != 0
    (step,) = sdk.rows("cpu")
    assert (step["parent"], step["depth"]) == (row["id"], 1)
    assert step["stream"].stream_id == thread_stream_id(row["stream"].process_id, row["thread"])


def test_parents_are_the_current_trace_span_a_remote_one_or_none(sdk: Peer) -> None:
    """
    Profile spans in between are nobody's parent in the trace; two roots are two traces.
    """
    with STEP, trace("outer") as outer, STEP, trace("inner") as inner:
        assert inner.trace_id == outer.trace_id
    with STEP, trace("other") as other:
        assert other.trace_id != outer.trace_id
    with trace("served", parent=REMOTE) as served, trace("within") as within:
        assert propagation.current() == (TRACE, within.span_id, False, "vendor=1")
    with propagation.attached(REMOTE), trace("attached"):
        pass
    found = rows(sdk)
    assert "parent_span_id" not in found["outer"]["own"]
    assert found["inner"]["own"]["parent_span_id"] == outer.span_id
    assert found["served"]["own"]["parent_span_id"] == PARENT
    assert found["within"]["own"]["parent_span_id"] == served.span_id
    assert found["attached"]["own"]["parent_span_id"] == PARENT
    with STEP as step:
        asked = (step.trace_id, step.span_id)
        with trace("in its trace"):
            pass
    own = rows(sdk)["in its trace"]["own"]
    assert (own["trace_id"], own["parent_span_id"]) == asked
    assert {found[name]["own"]["trace_id"] for name in ("served", "within", "attached")} == {TRACE}


def test_what_is_sent_on_names_the_trace_span_also_from_profile_spans(sdk: Peer) -> None:
    """
    The next service's parent has to be in otel_spans; flag and state go on as they came.
    """
    headers: dict[str, str] = {}
    with trace("served", parent=REMOTE) as served, STEP:
        propagation.inject(headers)
        assert propagation.current() == served.context
        assert STEP.trace_id == TRACE
    assert headers == {"traceparent": f"00-{TRACE}-{served.span_id}-00", "tracestate": "vendor=1"}
    assert propagation.current() is None
    assert rows(sdk)["served"]["own"]["span_id"] == served.span_id


def test_logs_and_metrics_inside_carry_the_ids(sdk: Peer) -> None:
    """
    In every form of call, below profile spans too, in threads and tasks that were made inside; and
    none outside.
    """
    with trace("request") as request:
        log.info("plain")
        log.info("with %d", 1)
        log.info("named", a=1)
        log.info(f"dynamic {request.id}")
        with STEP:
            log.info("below")
        LATENCY.record(1.0)
        LATENCY.record(2)
        LATENCY.record(3.0, route="/")
        LATENCY.record(4.0, **{"a key": 1})
        asyncio.run(_logged("in a task"))
    log.info("outside")
    LATENCY.record(5.0)
    assert limnograph.flush(5)
    ids = {"otel.trace_id": request.trace_id, "otel.span_id": request.span_id}
    for row in sdk.rows("log"):
        inside = row["msg"] != "outside"
        assert (row["properties"].items() >= ids.items()) is inside, row
    for row in sdk.rows("metrics"):
        if row["name"] == "latency":
            assert (row["properties"].items() >= ids.items()) is (row["value"] < 5), row
    by_value = {row["value"]: row["properties"] for row in sdk.rows("metrics")}
    assert by_value[3.0] == {**ids, "route": "/"}
    assert by_value[1.0] == ids


async def _logged(msg: str) -> None:
    async with trace(msg):
        await asyncio.sleep(0)
    log.info(msg)


def test_an_exception_is_an_error_and_an_event(sdk: Peer) -> None:
    """
    Type, message and stack, at the time at which it left; it goes on its way.
    """
    with pytest.raises(ValueError, match="boom"), trace("failing"):
        raise ValueError("boom")
    row = rows(sdk)["failing"]
    assert (row["status"], row["own"]["status_message"]) == (2, "ValueError: boom")
    (event,) = json.loads(row["own"]["events"])
    assert event["name"] == "exception"
    assert 0 <= event["after_ns"] <= row["duration"]
    told = {pair["key"]: pair["value"] for pair in event["attributes"]}
    assert told["exception.type"] == "ValueError"
    assert told["exception.message"] == "boom"
    assert "test_an_exception_is_an_error_and_an_event" in told["exception.stacktrace"]


def test_fail_and_ok_decide_the_status(sdk: Peer) -> None:
    """
    A text or an exception that was handled fails it; what is ok stays so.
    """
    with trace("text") as current:
        current.fail("no money")
    with trace("handled") as current:
        current.fail(KeyError("k"))
    with trace("fine") as current:
        current.ok()
    expected = trace("expected")
    with pytest.raises(KeyError), expected:
        _well_and_out(expected)
    found = rows(sdk)
    assert [found[name]["status"] for name in ("text", "handled", "fine", "expected")] == [
        2, 2, 1, 1,
    ]  # fmt: skip
    assert found["text"]["own"]["status_message"] == "no money"
    assert "events" not in found["text"]["own"]
    assert json.loads(found["handled"]["own"]["events"])[0]["name"] == "exception"
    assert json.loads(found["expected"]["own"]["events"])[0]["name"] == "exception"


def _well_and_out(current: TraceSpan) -> None:
    current.ok()
    raise KeyError("k")


def test_events_and_links_are_kept_within_their_bounds(sdk: Peer) -> None:
    """
    The oldest events go first; further links and the beginning of a long stack are left out.
    """
    with trace("first") as first:
        pass
    many = [first.context] * (TRACE_LINKS_MAX + 5)
    with trace("linked", links=[(first.context, {"why": "batch"}), *many]) as current:
        for number in range(4):
            current.event(f"e{number}", text="x" * 30_000)
    with pytest.raises(RecursionError), trace("deep"):
        raise RecursionError("y" * 3 * TRACE_STACK_CHARS_MAX)
    found = rows(sdk)
    links = json.loads(found["linked"]["own"]["links"])
    assert len(links) == TRACE_LINKS_MAX
    assert links[0] == {
        "trace_id": first.trace_id,
        "span_id": first.span_id,
        "trace_state": "",
        "attributes": [{"key": "why", "value": "batch"}],
    }
    assert [event["name"] for event in json.loads(found["linked"]["own"]["events"])] == ["e2", "e3"]
    assert len(found["linked"]["own"]["events"]) <= TRACE_EVENTS_BYTES_MAX
    (event,) = json.loads(found["deep"]["own"]["events"])
    assert len(event["attributes"][2]["value"]) == TRACE_STACK_CHARS_MAX


def test_functions_of_every_kind_are_decorated(sdk: Peer) -> None:
    """
    Each call is a span of its own, to its end.
    """

    @trace
    def plain() -> str:
        return "p"

    @trace("async", kind="consumer")
    async def coroutine() -> str:
        await asyncio.sleep(0)
        return "c"

    @trace("generator")
    def generator() -> Iterator[int]:
        yield 1

    @trace("async generator")
    async def stream() -> AsyncIterator[int]:
        yield 2

    async def all_of_it() -> list[int]:
        assert await coroutine() == "c"
        return [value async for value in stream()]

    assert (plain(), plain(), list(generator())) == ("p", "p", [1])
    assert asyncio.run(all_of_it()) == [2]
    assert limnograph.flush(5)
    names = sorted(row["name"].rpartition(".")[2] for row in sdk.rows("trace"))
    assert names == ["async", "async generator", "generator", "plain", "plain"]
    assert len({row["properties"]["limnograph.trace_id"] for row in sdk.rows("trace")}) == 5


def test_one_that_is_used_again_is_another_span(sdk: Peer) -> None:
    """
    One after the other and within itself.
    """
    again = trace("again", user=1)
    with again as first, again as second:
        second.set(user=2)
    with again as third:
        pass
    assert limnograph.flush(5)
    users = {row["properties"]["limnograph.span_id"]: row["properties"]["user"]
             for row in sdk.rows("trace")}  # fmt: skip
    assert users == {first.span_id: "1", second.span_id: "2", third.span_id: "1"}


def test_threads_have_places_of_their_own(sdk: Peer) -> None:
    """
    A thread that is started inside begins outside of any trace, as for profile spans.
    """

    def work() -> None:
        with trace("in a thread"):
            pass

    with trace("request") as request:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    found = rows(sdk)
    assert found["in a thread"]["own"]["trace_id"] != request.trace_id
    assert found["in a thread"]["thread"] != found["request"]["thread"]


def test_nothing_is_recorded_and_nothing_breaks_before_init() -> None:
    """
    The application's code is the same whether the SDK records or not.
    """
    with trace("quiet", parent=REMOTE) as current:
        current.set(a=1)
        current.event("e")
        current.fail("x")
        assert (current.trace_id, current.context, current.id) == ("", None, 0)
        assert propagation.current() is None


def test_a_forked_child_has_none_of_its_parents(sdk: Peer) -> None:
    """
    What was open in the parent ends there and nowhere else.
    """
    program = """
        import os, sys
        import limnograph
        from limnograph import trace
        limnograph.init("forking", sys.argv[1])
        with trace("open") as current:
            child = os.fork()
            with trace("within"):
                pass
        if not child:
            limnograph.shutdown(10)
            os._exit(0)
        os.waitpid(child, 0)
        limnograph.shutdown(10)
    """
    process = start(program, sdk.uri)
    process.communicate(timeout=60)
    assert process.returncode == 0
    found = [(row["name"], "limnograph.parent_span_id" in row["properties"])
             for row in sdk.rows("trace")]  # fmt: skip
    assert sorted(found) == [("open", False), ("within", False), ("within", True)]


@pytest.mark.skipif(not recorder.NATIVE, reason="the recorder in Python keeps no memory")
def test_one_that_was_open_when_the_process_was_killed_ends_in_error(peer: Peer) -> None:
    """
    With its ids, its parent, its kind and its thread; those that had ended are there, too.
    """
    program = """
        import os, sys
        import limnograph
        from limnograph import propagation, trace, span
        limnograph.init("killed", sys.argv[1], flush_interval_s=1000.0)
        parent = propagation.extract({"traceparent": sys.argv[2]})
        with trace("ended"):
            pass
        with trace("outer", kind="server", parent=parent) as outer, span("profile"):
            with trace("inner") as inner:
                print(outer.span_id, inner.span_id, flush=True)
                sys.stdin.read()
    """
    process = start(program, peer.uri, f"00-{TRACE}-{PARENT}-01")
    outer, inner = process.stdout.readline().split()
    process.kill()
    process.communicate(timeout=60)
    assert limnograph.init("killed", peer.uri)
    wait_until(lambda: peer.rows("trace"), "the trace spans of the dead process")
    found = rows(peer)
    assert found["ended"]["status"] == 0
    assert (found["outer"]["status"], found["outer"]["unit"]) == (2, "server")
    own = {"trace_id": TRACE, "span_id": outer, "parent_span_id": PARENT}
    assert found["outer"]["own"] == own
    assert found["inner"]["own"] == {"trace_id": TRACE, "span_id": inner, "parent_span_id": outer}
    assert attributes(found["inner"]) == {"process.end": "abnormal"}
    profile = rows(peer, "cpu")
    assert set(profile) == {"profile"}
    assert profile["profile"]["parent"] == found["outer"]["id"]
    assert profile["profile"]["stream"].stream_id == thread_stream_id(
        found["outer"]["stream"].process_id, found["outer"]["thread"]
    )
