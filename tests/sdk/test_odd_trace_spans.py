"""Trace spans used in odd ways: each ends, and none spoils the block that others are in."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import limnograph
from limnograph import propagation, recorder, trace
from limnograph.limits import TRACE_EVENTS_BYTES_MAX, TRACE_LINKS_MAX
from limnograph.propagation import TraceContext
from limnograph.recorder.traces import are_ids
from limnograph.trace_span import Foreign
from tests.sdk.peer import Peer

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
REMOTE = TraceContext(TRACE, PARENT, False, "vendor=1")


def rows(peer: Peer) -> dict[str, dict[str, Any]]:
    """Flush and return each row's properties by its name."""
    assert limnograph.flush(5)
    return {row["name"]: row["properties"] for row in peer.rows("trace")}


def _endless() -> Iterator[TraceContext]:
    yield REMOTE
    raise OSError("links are gone")


@pytest.mark.parametrize("links", [7, _endless()])
def test_one_whose_links_cannot_be_told_ends_with_its_ids(sdk: Peer, links: Any) -> None:
    """
    The error is counted; what comes after is not part of that trace.
    """
    failures = recorder.failures()
    with pytest.raises(ValueError, match="x"), trace("odd", links=links, user=1) as odd:
        raise ValueError("x")
    assert propagation.current() is None
    assert recorder.failures() == failures + 1
    assert limnograph.flush(5)
    (row,) = sdk.rows("trace")
    assert row["status"] == 2
    assert row["properties"] == {
        "limnograph.trace_id": odd.trace_id,
        "limnograph.span_id": odd.span_id,
    }


def test_links_that_are_no_places_are_left_out(sdk: Peer) -> None:
    """
    ``extract`` returns None where there is no place.
    """
    odd: Any = [None, "text", (REMOTE,), (None, {}), (REMOTE, None), (REMOTE, {"why": "batch"})]
    failures = recorder.failures()
    with trace("linked", links=odd):
        pass
    links = json.loads(rows(sdk)["linked"]["limnograph.links"])
    assert [link["attributes"] for link in links] == [[], [{"key": "why", "value": "batch"}]]
    assert recorder.failures() == failures


def test_links_that_are_too_long_are_left_out_whole(sdk: Peer) -> None:
    """
    Text cut in its middle would be no JSON.
    """
    long = (REMOTE, {"why": "x" * 3000})
    with trace("linked", links=[long] * TRACE_LINKS_MAX):
        pass
    text = rows(sdk)["linked"]["limnograph.links"]
    assert len(text) <= TRACE_EVENTS_BYTES_MAX
    assert 10 < len(json.loads(text)) < TRACE_LINKS_MAX


@pytest.mark.parametrize(
    "ids", [("a3ce929d0e0e4736", PARENT), (TRACE.upper(), PARENT), (TRACE, "7")]
)
def test_a_parent_whose_ids_are_none_is_none(sdk: Peer, ids: tuple[str, str]) -> None:
    """
    Ids of 64 bits or in upper case are no ids of W3C; a reader would refuse the block.
    """
    with trace("child", parent=TraceContext(*ids)) as child:
        assert len(child.trace_id) == 32
        assert child.trace_id not in ids
    assert "limnograph.parent_span_id" not in rows(sdk)["child"]


def test_attributes_cannot_take_the_keys_of_the_sdk(sdk: Peer) -> None:
    """
    A text behind such a key would be read as events, or as the parent.
    """
    own = {"limnograph.events": "[{", "limnograph.parent_span_id": "me", "user": "1"}
    with trace("named", **own) as named:
        named.set(**{"limnograph.links": "{", "limnograph.other": 1, "items": 2})
        named.event("e", **own)
    found = rows(sdk)["named"]
    (event,) = json.loads(found.pop("limnograph.events"))
    assert event["attributes"] == [{"key": "user", "value": "1"}]
    assert found == {
        "limnograph.trace_id": named.trace_id,
        "limnograph.span_id": named.span_id,
        "user": "1",
        "items": "2",
    }


def test_tasks_that_share_one_end_each_their_own(sdk: Peer) -> None:
    """
    What is set after its end is in no row: the newest one has not ended in its place.
    """
    shared = trace("shared")

    async def work(name: str, begun: asyncio.Event, ending: asyncio.Event) -> None:
        async with shared as use:
            use.set(task=name)
            begun.set()
            await ending.wait()
        use.set(late=name)
        assert propagation.current() is None

    async def all_of_it() -> None:
        flags = [asyncio.Event() for _ in range(6)]
        tasks = []
        for number in range(3):
            begun, ending = flags[number], flags[number + 3]
            tasks.append(asyncio.create_task(work(str(number), begun, ending)))
            await begun.wait()
        for number in (1, 0, 2):
            flags[number + 3].set()
            await tasks[number]

    asyncio.run(all_of_it())
    assert limnograph.flush(5)
    assert sorted(row["properties"]["task"] for row in sdk.rows("trace")) == ["0", "1", "2"]
    assert not any("late" in row["properties"] for row in sdk.rows("trace"))


def test_threads_that_enter_a_new_one_at_once_have_a_span_each(
    sdk: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A module's span is shared: a thread enters it while another one is about to.
    """
    shared = trace("shared")
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with shared:
            inside.set()
            leave.wait()

    thread = threading.Thread(target=work)

    def asked() -> None:
        if thread.ident is None:
            thread.start()
            inside.wait()

    monkeypatch.setattr(Foreign, "current", asked)
    with shared:
        leave.set()
        thread.join()
    assert propagation.current() is None
    assert limnograph.flush(5)
    assert len({row["id"] for row in sdk.rows("trace")}) == 2


def test_an_exception_that_was_told_of_is_one_event_when_it_leaves(sdk: Peer) -> None:
    """
    ``fail`` in an except clause that raises again says the same as the way out.
    """

    def serve() -> None:
        with trace("told") as told:
            try:
                int("broken")
            except ValueError as error:
                told.fail(error)
                raise

    with pytest.raises(ValueError, match="broken"):
        serve()
    assert limnograph.flush(5)
    (row,) = sdk.rows("trace")
    events = json.loads(row["properties"]["limnograph.events"])
    assert [event["name"] for event in events] == ["exception"]


@pytest.mark.parametrize("ids", [("0" * 32, "1" * 16), ("1" * 32, "0" * 16)])
def test_ids_of_nothing_but_zeros_are_no_ids(ids: tuple[str, str]) -> None:
    """
    W3C Trace Context calls them invalid.
    """
    assert are_ids(TraceContext("1" * 32, "0" * 15 + "1"))
    assert not are_ids(TraceContext(*ids))
