"""structlog and loguru: what they log arrives, and their own output stays as it was."""

import asyncio
from collections.abc import Iterator
from typing import Any

import loguru
import pytest
import structlog

import limnograph
from limnograph import span
from limnograph.integrations import loguru as loguru_integration
from limnograph.integrations.structlog import Processor
from tests.sdk.integrations.sent import logs
from tests.sdk.peer import Peer

logger = loguru.logger


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.fixture
def seen() -> Iterator[list[str]]:
    """Lines that loguru's other sink has written; loguru is left as it was found."""
    lines: list[str] = []
    number = logger.add(lines.append, level="TRACE", format="{level} {message}")
    loguru_integration.instrument()
    loguru_integration.instrument()
    yield lines
    loguru_integration.uninstrument()
    logger.remove(number)


def test_structlog_events_are_recorded_and_handed_on(sdk: Peer) -> None:
    """
    Message, level, context, logger name, place and exception arrive; the renderer sees the same.
    """
    output = structlog.testing.LogCapture()
    log = structlog.wrap_logger(
        None, processors=[structlog.contextvars.merge_contextvars, Processor(), output]
    )
    structlog.contextvars.bind_contextvars(request="r-1")
    try:
        with span("outer")() as current:
            log.info("order paid", order=7, logger="shop.cart", thing=Hostile())
        log.bind(a=1).warning("low %s")
        try:
            {}["gone"]
        except KeyError:
            log.exception("failed")
        log.critical("down")
        log.debug("fine")
    finally:
        structlog.contextvars.clear_contextvars()
    rows = logs(sdk)
    assert [row["level"] for row in rows] == [4, 3, 2, 1, 5]
    assert [row["msg"] for row in rows] == ["order paid", "low %s", "failed", "down", "fine"]
    assert rows[0]["target"] == "shop.cart"
    assert rows[0]["file"] == __file__
    assert rows[0]["properties"] == {
        "span_id": str(current.id),
        "order": "7",
        "request": "r-1",
        "thing": "<Hostile: str() raised RuntimeError>",
    }
    assert rows[1]["target"] == __name__
    assert rows[2]["properties"]["exception.type"] == "KeyError"
    assert "test_log_libraries.py" in rows[2]["properties"]["exception.stacktrace"]
    assert [entry["event"] for entry in output.entries] == [row["msg"] for row in rows]
    assert output.entries[0]["order"] == 7


def test_structlog_tells_the_place_that_it_knows(sdk: Peer) -> None:
    """
    What its CallsiteParameterAdder found is taken; from another thread there is none.
    """
    adder = structlog.processors.CallsiteParameterAdder(
        [structlog.processors.CallsiteParameter.PATHNAME,
         structlog.processors.CallsiteParameter.LINENO]
    )  # fmt: skip
    output = structlog.testing.LogCapture()
    wrapper = structlog.make_filtering_bound_logger(0)
    log = structlog.wrap_logger(None, [adder, Processor(), output], wrapper)
    bare = structlog.wrap_logger(None, [Processor(), output], wrapper)

    async def main() -> None:
        await log.ainfo("known")
        await bare.ainfo("unknown")

    asyncio.run(main())
    known, unknown = logs(sdk)
    assert known["file"] == __file__
    assert known["line"] > 0
    assert (unknown["msg"], unknown["file"]) == ("unknown", "")


def test_structlog_may_have_nothing_else_to_do(sdk: Peer) -> None:
    """
    With drop nobody after us has the event, but only while it is recorded.
    """
    output = structlog.testing.LogCapture()
    log = structlog.wrap_logger(None, processors=[Processor(drop=True), output])
    log.info("one")
    assert [row["msg"] for row in logs(sdk)] == ["one"]
    limnograph.shutdown(5)
    log.info("two")
    assert [entry["event"] for entry in output.entries] == ["two"]


def test_loguru_events_are_recorded_beside_its_other_sinks(sdk: Peer, seen: list[str]) -> None:
    """
    Level, place, bound values and exceptions arrive.
    """
    logger.bind(order=7).info("order {} paid", "o-1")
    logger.success("done")
    logger.trace("fine")
    logger.critical("down")
    try:
        {}["gone"]
    except KeyError:
        logger.exception("failed")
    rows = logs(sdk)
    assert [row["level"] for row in rows] == [4, 4, 6, 1, 2]
    assert [row["msg"] for row in rows] == ["order o-1 paid", "done", "fine", "down", "failed"]
    assert rows[0]["properties"] == {"order": "7"}
    assert rows[0]["target"] == __name__
    assert rows[0]["file"] == __file__
    assert rows[1]["properties"] == {"level": "SUCCESS"}
    assert rows[4]["properties"]["exception.message"] == "'gone'"
    assert seen[0] == "INFO order o-1 paid\n"
    assert len(seen) == 5


def test_loguru_is_left_as_it_was(sdk: Peer, seen: list[str]) -> None:
    """
    After uninstrument only the others write; removing every sink by hand does no harm.
    """
    loguru_integration.uninstrument()
    loguru_integration.uninstrument()
    logger.info("alone")
    assert logs(sdk) == []
    assert seen == ["INFO alone\n"]
    loguru_integration.instrument()
    number: Any = logger.add(seen.append, format="{message}")
    logger.remove(loguru_integration._Added.number)
    loguru_integration.uninstrument()
    logger.remove(number)
