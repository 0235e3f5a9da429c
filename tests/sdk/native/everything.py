"""
Every way to record, in functions of so many rounds: what tools for finding faults run.

Names that the SDK at hand does not have are left out. Nothing here checks an outcome: tests do.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import limnograph
from limnograph import log, metric, span

LATENCY = metric("latency", "ms")
OUTER, INNER = span("outer"), span("inner")


class Odd:
    """Text that is made when it is asked for."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __str__(self) -> str:
        return f"odd {self.number}"


class Failing:
    """No text can be made of it."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def constants(rounds: int) -> None:
    """Record logs whose message, arguments and keys are constants of the code."""
    for number in range(rounds):
        log.info("text")
        log.debug("not recorded at info")
        log.info("user %s took %d ms", "ann", number)
        log.warning("order", customer="ann", items=number, total=1.5, gift=True, note=None)


def changing(rounds: int) -> None:
    """Record logs whose message, arguments and keys are never the same twice."""
    for number in range(rounds):
        log.info(f"user {number}")
        log.info("properties", **{f"key{number}": number})
        log.info("object %s", Odd(number), shop=Odd(number))
        log.error(
            "grüße %s \N{SNOWMAN} %s", "\udc80", b"bytes \xff", text="\0" + "é" * (number % 99)
        )
        log.info("big %d %s", 10 ** (number % 60), float("nan"), big=1 << 70)


def mistaken(rounds: int) -> None:
    """Make every mistake that must cost the one event only."""
    for _ in range(rounds):
        log.info("too few %s %s", 1)
        log.info("too many", 1)
        log.info("wrong %d", "text")
        log.info("failing %s", Failing(), property=Failing())
        log.info(None)  # type: ignore[arg-type]
        LATENCY.record("no number")  # type: ignore[arg-type]
        metric(None).record(1)  # type: ignore[arg-type]
        with span("bad")(**{"a" * 300: "b" * 70_000}):
            pass


def values(rounds: int) -> None:
    """Record numbers, with and without properties."""
    for number in range(rounds):
        LATENCY.record(1.5)
        LATENCY.record(number)
        LATENCY.record(1 << 70)
        LATENCY.record(True)
        LATENCY.record(2.5, route="/", number=number, **{f"k{number % 7}": "x"})
        metric("latency", "ms").record(1)


def aggregated(rounds: int) -> None:
    """Change counters and gauges, those with labels, too."""
    made: Any = limnograph
    if not hasattr(made, "counter"):
        return
    orders, level = made.counter("orders"), made.gauge("level", "m")
    for number in range(rounds):
        orders.inc()
        orders.inc(2)
        orders.add(3, route="/", shop=number % 5)
        orders.labels(route="/", number=number % 3).inc()
        level.set(number, tank="a")
        level.add(1)


@INNER
def decorated(number: int) -> int:
    """Log in a span."""
    log.info("in %d", number)
    return number


@INNER(kind="made")
def generated(count: int) -> Iterator[int]:
    """Yield in a span."""
    yield from range(count)


def spans(rounds: int) -> None:
    """Open and close spans in order, out of order, with properties, in error, and never."""
    for number in range(rounds):
        with OUTER:
            with INNER(order=number, text="x" * (number % 50)) as current:
                current.set(status=200, **{f"k{number % 3}": number})
            decorated(number)
            sum(generated(3))
            next(generated(3))
        try:
            with OUTER:
                int("x")
        except ValueError:
            log.error("expected")
        first, second = OUTER(a=1), INNER(b=2)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
        if hasattr(limnograph, "record_span"):
            limnograph.record_span("elsewhere", 1, 2, failed=True, shop=number)
        with OUTER as site:
            _ = getattr(site, "trace_id", None)


def left_open(rounds: int) -> None:
    """Open spans that never end."""
    for number in range(rounds):
        OUTER(number=number).__enter__()


@OUTER
async def task(number: int) -> None:
    """Switch to other tasks inside of spans."""
    with INNER(number=number):
        await asyncio.sleep(0)
        log.info("in task %d", number)
        await asyncio.sleep(0)


def tasks(rounds: int) -> None:
    """Run tasks in turns, also in a context that was copied inside of a span."""

    async def together() -> None:
        with OUTER:
            await asyncio.gather(*(task(number) for number in range(rounds)))
            await asyncio.to_thread(spans, 1)

    asyncio.run(together())


def threads(rounds: int) -> None:
    """Record from threads that come and go."""
    for _ in range(max(1, rounds // 20)):
        started = [
            threading.Thread(target=work, args=(5,))
            for work in (constants, values, spans, changing)
        ]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()


def forks(rounds: int) -> None:
    """Fork while spans are open and buffers are filled; the child records and ends at once."""
    for _ in range(max(1, rounds // 200)):
        with OUTER:
            child = os.fork()
            if child == 0:
                constants(3)
                spans(3)
                os._exit(0)
            _, status = os.waitpid(child, 0)
        assert status == 0, status


EVERYTHING: tuple[Callable[[int], None], ...] = (
    constants, changing, mistaken, values, aggregated, spans, tasks, threads, forks, left_open
)  # fmt: skip
