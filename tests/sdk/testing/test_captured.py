"""What a test of an application sees of its telemetry."""

import asyncio
import os
import threading

import pytest

import limnograph
from limnograph import counter, gauge, log, metric, span
from limnograph.testing import capture

LATENCY = metric("latency", "ms")
ORDERS = counter("orders")
STOCK = gauge("stock", "pieces")
CHECKOUT = span("checkout")


def test_every_kind_of_event_is_a_plain_object() -> None:
    """
    Names, values, places and properties as a query would find them.
    """
    with capture() as captured:
        with CHECKOUT(order_id=7) as current:
            log.info("order of %d items", 3, customer="größe", paid=True)
            LATENCY.record(12.5, route="/x")
        ORDERS.inc(2)
        ORDERS.inc()
        STOCK.set(9)
        limnograph.send_image("till", "png", b"\xff\x00", shop=3)

        (record,) = captured.logs
        assert (record.level, record.msg, record.template) == (
            "info",
            "order of 3 items",
            "order of %d items",
        )
        assert (record.target, record.file) == (__name__, __file__)
        assert record.properties == {
            "span_id": str(current.id),
            "customer": "größe",
            "paid": "true",
        }
        one = captured.span("checkout")
        assert (one.id, one.parent, one.depth, one.failed) == (current.id, 0, 0, False)
        assert one.properties == {"order_id": "7"}
        assert one.begin_ns <= record.time_ns <= one.begin_ns + one.duration_ns
        found = captured.metric("latency")
        assert (found.value, found.unit, found.properties) == (12.5, "ms", {"route": "/x"})
        assert sum(captured.values("orders")) == 3
        assert captured.values("stock") == [9]
        (image,) = captured.images
        assert (image.name, image.data, image.properties) == ("till", b"\xff\x00", {"shop": "3"})
        assert repr(captured) == "<captured: 1 logs, 3 metrics, 1 spans, 1 images>"


def test_spans_stand_in_the_order_of_their_beginnings() -> None:
    """
    A parent before its children, over threads and tasks; a failure says of what.
    """
    with capture() as captured:

        async def work(number: int) -> None:
            with span("task")(n=number):
                await asyncio.sleep(0)

        async def main() -> None:
            with span("main"):
                await asyncio.gather(work(1), work(2))

        asyncio.run(main())
        with pytest.raises(ValueError, match="boom"), span("fails"):
            raise ValueError("boom")
        thread = threading.Thread(target=span("in thread")(lambda: None))
        thread.start()
        thread.join()
        names = [one.name for one in captured.spans]
        assert names == ["main", "task", "task", "fails", "in thread"]
        main_id = captured.span("main").id
        assert [one.parent for one in captured.spans] == [0, main_id, main_id, 0, 0]
        assert [one.coroutine for one in captured.spans] == [True, True, True, False, False]
        failed = captured.span("fails")
        assert failed.failed
        assert failed.properties["exception.message"] == "boom"


def test_what_is_not_there_is_a_failure_that_says_what_is() -> None:
    """
    None and several are both no answer to "the only one".
    """
    with capture() as captured:
        with pytest.raises(AssertionError, match="0 of 'x'; there is nothing"):
            captured.span("x")
        log.info("one")
        log.warning("one more")
        with pytest.raises(AssertionError, match="2 of 'one'; there is 'one', 'one more'"):
            captured.log("one")
        assert captured.log("more").level == "warning"


def test_clear_forgets_and_what_follows_is_seen() -> None:
    """
    For tests with several steps.
    """
    with capture() as captured:
        log.info("first")
        captured.clear()
        assert captured.logs == []
        log.info("second")
        assert [one.msg for one in captured.logs] == ["second"]


def test_each_capture_begins_with_nothing() -> None:
    """
    Neither what was recorded before nor what is between two captures is seen.
    """
    with capture():
        log.info("first test")
        ORDERS.inc()
    log.info("between")
    ORDERS.inc()
    with capture() as captured:
        assert (captured.logs, captured.metrics) == ([], [])


def test_init_inside_changes_nothing_and_shutdown_keeps_what_there_is() -> None:
    """
    An application that starts and stops the SDK itself can be tested as it is.
    """
    with capture() as captured:
        assert limnograph.init("shop", "http://127.0.0.1:9") is False
        log.info("hello")
        limnograph.shutdown()
        log.info("after")
        assert [one.msg for one in captured.logs] == ["hello"]


def test_a_level_can_be_chosen() -> None:
    """
    By default everything is captured.
    """
    with capture() as captured:
        log.trace("fine")
        assert captured.log("fine").level == "trace"
    with capture(level="warning") as captured:
        log.info("not wanted")
        assert captured.logs == []


def test_a_forked_child_sends_nothing_anywhere() -> None:
    """
    Its events are its own, and end with it.
    """
    with capture() as captured:
        log.info("parent")
        pid = os.fork()
        if pid == 0:
            log.info("child")
            os._exit(0 if limnograph.shutdown(10) else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert [one.msg for one in captured.logs] == ["parent"]
