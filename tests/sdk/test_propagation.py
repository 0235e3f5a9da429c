"""W3C trace context: what is read, what is written, and what spans record of it."""

import asyncio
import contextvars
import threading

import pytest

import limnograph
from limnograph import log, propagation, recorder, span
from limnograph.limits import TRACE_STATE_CHARS_MAX
from limnograph.propagation import TraceContext
from tests.sdk.peer import Peer

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
REMOTE = TraceContext(TRACE, PARENT, True, "vendor=1")
OUTER = span("outer")
INNER = span("inner")


def properties(peer: Peer) -> dict[str, dict[str, str]]:
    """Flush and return each span's properties by its name."""
    assert limnograph.flush(5)
    return {row["name"]: row["properties"] for row in peer.rows("cpu")}


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-00", False),
        (f"00-{TRACE}-{PARENT}-03", True),
        (f" 00-{TRACE}-{PARENT}-01 ", True),
        (f"cc-{TRACE}-{PARENT}-01-what-comes-later", True),
    ],
)
def test_a_valid_traceparent_is_understood(header: str, sampled: bool) -> None:
    """
    Also of a version to come, as far as this one reaches.
    """
    assert propagation.extract({"traceparent": header}) == (TRACE, PARENT, sampled, "")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}-1",
        f"00-{TRACE[:-1]}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-0x",
        f"cc-{TRACE}-{PARENT}-01.more",
    ],
)
def test_an_invalid_traceparent_is_none(header: str) -> None:
    """
    The specification says to begin a new trace then.
    """
    assert propagation.extract({"traceparent": header}) is None


def test_headers_are_found_in_any_case_and_bad_carriers_tell_nothing() -> None:
    """
    Names of headers have no case; whatever a carrier is, nothing is raised.
    """
    headers = {"TraceParent": f"00-{TRACE}-{PARENT}-01", "TRACESTATE": "vendor=1"}
    assert propagation.extract(headers) == REMOTE
    for carrier in ({}, None, {"traceparent": 7}, {"traceparent": b"x"}, {1: 2}, 5):
        assert propagation.extract(carrier) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["x" * (TRACE_STATE_CHARS_MAX + 1), "a=1\r\nX-Other: 2", "a=é"])
def test_a_state_that_is_not_fit_to_be_passed_on_is_left_out(state: str) -> None:
    """
    TRACE_STATE_CHARS_MAX: a longer one is not passed on; nor is what would end the header.
    """
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": state}
    found = propagation.extract(headers)
    assert found is not None
    assert found.state == ""
    headers["tracestate"] = "v=" + "x" * (TRACE_STATE_CHARS_MAX - 2)
    found = propagation.extract(headers)
    assert found is not None
    assert found.state == headers["tracestate"]


def test_nothing_is_recorded_or_injected_without_being_asked(sdk: Peer) -> None:
    """
    Outside of spans there is no trace; a span nobody asked has no ids.
    """
    headers: dict[str, str] = {}
    propagation.inject(headers)
    assert headers == {}
    assert propagation.current() is None
    assert (OUTER.trace_id, OUTER.span_id) == ("", "")
    with OUTER:
        pass
    assert properties(sdk) == {"outer": {}}


def test_ids_are_derived_when_asked_for_and_recorded(sdk: Peer) -> None:
    """
    All spans of one chain are of one trace; the ids stay what they are however one asks.
    """
    with OUTER() as outer, INNER as inner:
        headers: dict[str, str] = {}
        propagation.inject(headers)
        trace_id, span_id = inner.trace_id, inner.span_id
        assert headers == {"traceparent": f"00-{trace_id}-{span_id}-01"}
        assert len(trace_id) == 32
        assert len(span_id) == 16
        assert outer.trace_id == trace_id
        assert outer.span_id != span_id
        assert propagation.current() == TraceContext(trace_id, span_id)
        assert INNER.trace_id == trace_id
    with OUTER() as other:
        assert other.trace_id != trace_id
    outer_ids = {"trace_id": trace_id, "span_id": outer.span_id}
    limnograph.flush(5)
    rows = {row["id"]: row["properties"] for row in sdk.rows("cpu")}
    assert rows[outer.id] == outer_ids
    assert rows[outer.id + 1] == {"trace_id": trace_id, "span_id": span_id}
    assert rows[other.id] == {"trace_id": other.trace_id, "span_id": other.span_id}


def test_spans_inside_attached_have_the_remote_parent(sdk: Peer) -> None:
    """
    The outermost of them record it; those inside belong to the trace and say so when asked.
    """
    with propagation.attached(REMOTE) as given:
        assert given == REMOTE
        assert propagation.current() == REMOTE
        with OUTER as outer:
            with INNER as inner:
                assert inner.trace_id == TRACE
                found = propagation.current()
                assert found == (TRACE, inner.span_id, True, "vendor=1")
                headers: dict[str, str] = {}
                propagation.inject(headers)
                assert headers["tracestate"] == "vendor=1"
                assert headers["traceparent"] == f"00-{TRACE}-{inner.span_id}-01"
                inner_id = inner.span_id
            with span("quiet"):
                pass
            outer_id = outer.span_id
        with span("second"):
            log.info("in the second")
    with span("after") as after:
        assert after.trace_id not in {"", TRACE}
    found = properties(sdk)
    assert found["outer"] == {"trace_id": TRACE, "span_id": outer_id, "parent_span_id": PARENT}
    assert found["inner"] == {"trace_id": TRACE, "span_id": inner_id}
    assert found["quiet"] == {}
    assert found["second"]["parent_span_id"] == PARENT
    assert "parent_span_id" not in found["after"]
    second = next(row for row in sdk.rows("cpu") if row["name"] == "second")
    (row,) = sdk.rows("log")
    assert row["properties"]["span_id"] == str(second["id"])


def test_attached_keeps_the_local_parent_and_depth(sdk: Peer) -> None:
    """
    Inside a local span, what is attached adds the remote parent and takes nothing away.
    """
    with OUTER() as outer:
        with propagation.attached(REMOTE), INNER() as inner:
            assert inner.trace_id == TRACE
            assert outer.trace_id != TRACE
        with span("next") as following:
            assert following.trace_id == outer.trace_id
    limnograph.flush(5)
    rows = {row["name"]: row for row in sdk.rows("cpu")}
    assert (rows["inner"]["parent"], rows["inner"]["depth"]) == (outer.id, 1)
    assert (rows["next"]["parent"], rows["next"]["depth"]) == (outer.id, 1)
    assert rows["inner"]["properties"]["parent_span_id"] == PARENT


def test_other_tracing_libraries_are_told_the_span_that_they_are_in(sdk: Peer) -> None:
    """
    Id and depth of the innermost open span, with a remote trace round it or without.
    """
    del sdk
    assert recorder.current_span() == (0, -1)
    with propagation.attached(REMOTE):
        assert recorder.current_span() == (0, -1)
        with OUTER() as outer:
            assert recorder.current_span() == (outer.id, 0)
            with INNER() as inner:
                assert recorder.current_span() == (inner.id, 1)
            assert recorder.current_span() == (outer.id, 0)
    assert recorder.current_span() == (0, -1)


def test_attached_nothing_changes_nothing(sdk: Peer) -> None:
    """
    What extract() returned can be given as it is, also when it is no context at all.
    """
    for nothing in (None, "text"):
        with propagation.attached(nothing), OUTER:  # type: ignore[arg-type]
            pass
    limnograph.flush(5)
    assert [row["properties"] for row in sdk.rows("cpu")] == [{}, {}]


def test_tasks_threads_and_copied_contexts_stay_in_the_trace(sdk: Peer) -> None:
    """
    A task belongs to the trace in which it was created, also when that part is over.
    """

    async def work() -> str:
        await asyncio.sleep(0)
        with INNER as inner:
            return inner.trace_id

    async def main() -> tuple[str, str, str]:
        with propagation.attached(REMOTE):
            with OUTER:
                inside = asyncio.create_task(work())
            beside = asyncio.create_task(work())
        outside = asyncio.create_task(work())
        return await inside, await beside, await outside

    inside, beside, outside = asyncio.run(main())
    assert (inside, beside) == (TRACE, TRACE)
    assert outside != TRACE
    limnograph.flush(5)
    remote = [row for row in sdk.rows("cpu") if "parent_span_id" in row["properties"]]
    assert sorted(row["name"] for row in remote) == ["inner", "outer"]
    with propagation.attached(REMOTE):
        context = contextvars.copy_context()
    found: list[object] = []
    thread = threading.Thread(
        target=context.run, args=(lambda: found.append(propagation.current()),)
    )
    thread.start()
    thread.join()
    assert found == [REMOTE]


def test_detaching_out_of_order_leaves_no_trace_behind(sdk: Peer) -> None:
    """
    When a span outlives what was attached round it, what follows is as if it had not been.
    """
    attached = propagation.attached(REMOTE)
    attached.__enter__()
    use = OUTER()
    with use as outer:
        attached.__exit__(None, None, None)
        with INNER as inner:
            assert inner.trace_id == TRACE
        assert outer.trace_id == TRACE
    assert propagation.current() is None
    with span("after") as after:
        assert after.trace_id != TRACE
    limnograph.flush(5)
    assert [row["depth"] for row in sdk.rows("cpu")] == [1, 0, 0]


def test_a_trace_is_passed_on_while_nothing_is_recorded() -> None:
    """
    A service that records nothing must not cut the traces that go through it.
    """
    with propagation.attached(REMOTE), OUTER(a=1) as outer:
        assert (outer.id, outer.trace_id, outer.span_id) == (0, "", "")
        headers: dict[str, str] = {}
        propagation.inject(headers)
    assert headers == {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}
    assert propagation.current() is None
