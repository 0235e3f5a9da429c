"""Logging: levels, sites, deferred and immediate formatting, and never an exception."""

import _thread
import asyncio
import logging
import threading
from typing import Any

import pytest

import limnograph
from limnograph import log, span
from limnograph.integrations.logging import LoggingHandler
from limnograph.limits import TEXT_CHARS_MAX
from tests.sdk.peer import Peer

LEVELS = {"fatal": 1, "error": 2, "warning": 3, "info": 4, "debug": 5, "trace": 6}


class Hostile:
    """An object whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def sent(peer: Peer) -> list[dict[str, Any]]:
    """Flush and return the log rows."""
    assert limnograph.flush(5)
    return peer.rows("log")


def test_every_level_arrives_with_its_place(sdk: Peer) -> None:
    """
    Level, message, template, module, file and line of each call are kept.
    """
    log.fatal("one"), log.error("two"), log.warning("three")
    log.info("four"), log.debug("five")
    log.trace("six %d", 6, a="b")
    rows = sent(sdk)
    assert [row["level"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["msg"] for row in rows] == ["one", "two", "three", "four", "five", "six 6"]
    last = rows[-1]
    assert last["name"] == "six %d"
    assert last["target"] == __name__
    assert last["file"] == __file__
    assert rows[0]["line"] < last["line"]
    assert last["properties"] == {"a": "b"}


@pytest.mark.parametrize("level", LEVELS)
def test_levels_are_filtered_first(peer: Peer, level: str) -> None:
    """
    What is more detailed than the chosen level is not recorded.
    """
    limnograph.init("shop", peer.uri, level=level)
    for name in LEVELS:
        getattr(log, name)("x")
    found = [row["level"] for row in sent(peer)]
    assert found == [number for number in LEVELS.values() if number <= LEVELS[level]]


def test_scalar_arguments_format_as_if_at_the_call(sdk: Peer) -> None:
    """
    Deferred or not, the text is what the % operator gives.
    """
    items = [1]
    log.info("%s %d %5.2f %r %s", "a", 2, 3.5, "q", None)
    log.info("%s", items)
    items.append(2)
    log.info("%(who)s paid %(sum)d", {"who": "Ann", "sum": 3})
    log.info("100%")
    log.info("%s", 10**5000 if hasattr(int, "bit_count") else 1)
    rows = sent(sdk)
    assert [row["msg"] for row in rows[:4]] == [
        "a 2  3.50 'q' None",
        "[1]",
        "Ann paid 3",
        "100%",
    ]
    assert "format error" in rows[4]["msg"]


def test_a_formatting_error_is_recorded_and_not_raised(sdk: Peer) -> None:
    """
    The template and the error arrive in place of the message.
    """
    log.info("%d items", "many")
    log.info("%s and %s", 1)
    log.info("%s", Hostile())
    log.info(Hostile())  # type: ignore[arg-type]
    log.info("kept", broken=Hostile())
    rows = sent(sdk)
    assert rows[0]["msg"].startswith("%d items [format error: TypeError: ")
    assert rows[1]["msg"].startswith("%s and %s [format error: TypeError: ")
    assert rows[2]["msg"] == "%s [format error: RuntimeError: no text]"
    assert rows[3]["msg"] == "<Hostile: str() raised RuntimeError>"
    assert rows[4]["properties"] == {"broken": "<Hostile: str() raised RuntimeError>"}


def test_property_values_become_text(sdk: Peer) -> None:
    """
    Booleans in SQL's spelling, None left out, numbers as Python writes them, objects by str().
    """
    log.info("x", yes=True, no=None, n=-3, f=0.5, s="t", o=[1], msg="m", level="l")
    assert sent(sdk)[0]["properties"] == {
        "yes": "true", "n": "-3", "f": "0.5", "s": "t", "o": "[1]", "msg": "m", "level": "l",
    }  # fmt: skip


def test_mutable_properties_are_read_at_the_call(sdk: Peer) -> None:
    """
    What changes after the call does not change the event.
    """
    tags = ["a"]
    log.info("x", tags=tags)
    tags.append("b")
    assert sent(sdk)[0]["properties"] == {"tags": "['a']"}


def test_templates_name_sites_and_dynamic_texts_do_not(sdk: Peer) -> None:
    """
    A constant message is its site's name; f-strings of one place share one nameless site.
    """
    for number in range(100):
        log.info(f"dynamic {number}")
        log.info("constant %d", number)
    rows = sent(sdk)
    assert {row["name"] for row in rows} == {"", "constant %d"}
    content = next(iter(sdk.blocks.values()))[1]
    assert len(content["sites"]) == 2
    assert [row["msg"] for row in rows if not row["name"]] == [f"dynamic {n}" for n in range(100)]


def test_long_texts_are_cut(sdk: Peer) -> None:
    """
    TEXT_CHARS_MAX bounds a message, an argument's text and a property's value.
    """
    long = "x" * (TEXT_CHARS_MAX + 10)
    log.info(long)
    log.info("%s", long)
    log.info("p", long=long)
    rows = sent(sdk)
    assert [len(row["msg"]) for row in rows] == [TEXT_CHARS_MAX, TEXT_CHARS_MAX, 1]
    assert len(rows[2]["properties"]["long"]) == TEXT_CHARS_MAX


def test_surplus_properties_are_left_out(sdk: Peer) -> None:
    """
    PROPERTIES_MAX bounds the properties of one event.
    """
    log.info("x", **{f"k{number}": number for number in range(100)})
    assert len(sent(sdk)[0]["properties"]) == 64


def test_log_rows_carry_the_current_span(sdk: Peer) -> None:
    """
    ``span_id`` joins a log row with the span that was open around it.
    """
    with span("outer")() as outer:
        log.info("inside")
    log.info("outside")
    inside, outside = sent(sdk)
    assert inside["properties"] == {"span_id": str(outer.id)}
    assert outside["properties"] == {}
    assert sdk.rows("cpu")[0]["id"] == outer.id


def test_nothing_is_recorded_before_init(peer: Peer) -> None:
    """
    Recording calls work, and cost little, in a program that never starts the SDK.
    """
    log.info("lost %d", 1, a=2)
    limnograph.metric("m").record(1)
    with span("s") as opened:
        opened.set(a=1)
        assert opened.id == 0
    assert limnograph.flush(1)
    limnograph.init("shop", peer.uri, level="trace")
    log.info("kept")
    assert [row["msg"] for row in sent(peer)] == ["kept"]
    assert peer.rows("cpu") == []


def test_a_thread_without_a_python_frame_may_log(sdk: Peer) -> None:
    """
    A thread whose function is ours has no caller; its event has no place and arrives.
    """
    _thread.start_new_thread(log.info, ("alone %d", 5), {"a": 1})
    rows: list[dict[str, Any]] = []
    while not rows:
        rows = sent(sdk)
    assert (rows[0]["msg"], rows[0]["file"], rows[0]["target"]) == ("alone 5", "", "")
    assert rows[0]["properties"] == {"a": "1"}


def test_threads_share_one_log_stream_in_order_of_time(sdk: Peer) -> None:
    """
    Events of all threads arrive once each, merged by time into one stream.
    """

    def work(number: int) -> None:
        for step in range(500):
            log.info("%d %d", number, step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = sent(sdk)
    assert len({row["msg"] for row in rows}) == len(rows) == 4000
    assert len({row["stream"].stream_id for row in rows}) == 1
    assert all(row["time"] >= 0 for row in rows)
    per_thread = [row["msg"] for row in rows if row["msg"].startswith("3 ")]
    assert per_thread == [f"3 {step}" for step in range(500)]


def test_asyncio_tasks_log_with_their_own_span(sdk: Peer) -> None:
    """
    Interleaved tasks keep their spans apart.
    """
    work = span("work")

    async def task(number: int) -> int:
        with work(number=number) as opened:
            await asyncio.sleep(0)
            log.info("%d", number)
            await asyncio.sleep(0)
            return opened.id

    async def main() -> list[int]:
        return await asyncio.gather(*(task(number) for number in range(20)))

    ids = asyncio.run(main())
    rows = sent(sdk)
    assert {row["msg"]: row["properties"]["span_id"] for row in rows} == {
        str(number): str(span_id) for number, span_id in enumerate(ids)
    }


def test_the_logging_handler_records_what_logging_hands_it(sdk: Peer) -> None:
    """
    Logger name, level, template, extra and exception arrive; nothing else of the record does.
    """
    logger = logging.getLogger("shop.cart")
    logger.setLevel(1)
    logger.propagate = False
    handler = LoggingHandler()
    logger.addHandler(handler)
    try:
        logger.info("cart of %s: %d", "Ann", 3, extra={"cart": 9})
        logger.log(3, "fine")
        logger.critical("down")
        logger.warning("%d", "bad")
        logger.warning(Hostile())
        try:
            {}["gone"]
        except KeyError:
            logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    rows = sent(sdk)
    assert [row["level"] for row in rows] == [4, 6, 1, 3, 3, 2]
    assert rows[0]["msg"] == "cart of Ann: 3"
    assert rows[0]["name"] == "cart of %s: %d"
    assert rows[0]["target"] == "shop.cart"
    assert rows[0]["file"] == __file__
    assert rows[0]["properties"] == {"cart": "9"}
    assert "format error" in rows[3]["msg"]
    assert rows[5]["properties"]["exception.type"] == "KeyError"
    assert rows[5]["properties"]["exception.message"] == "'gone'"
    assert "test_logs.py" in rows[5]["properties"]["exception.stacktrace"]
