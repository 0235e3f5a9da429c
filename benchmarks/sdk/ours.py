"""Our events of the table, each as a subject to measure."""

import asyncio
from collections.abc import Callable, Iterable

import limnograph
from benchmarks.sdk import traced
from benchmarks.sdk.slices import Subject
from limnograph import log, metric, span

LATENCY = metric("latency", "ms")
WORK = span("work")
TASKS = 20


def plain() -> None:
    """Do nothing, uninstrumented."""


@WORK
def decorated() -> None:
    """Do nothing, in a span."""


def disabled(calls: Iterable[None]) -> None:
    """Log below the level."""
    for _ in calls:
        log.trace("text")


def message(calls: Iterable[None]) -> None:
    """Log a constant."""
    for _ in calls:
        log.info("text")


def arguments(calls: Iterable[None]) -> None:
    """Log with two arguments that are formatted later."""
    for _ in calls:
        log.info("user %s took %d ms", "ann", 12)


def properties(calls: Iterable[None]) -> None:
    """Log with three properties."""
    for _ in calls:
        log.info("order", customer="ann", items=3, total=1.5)


def value(calls: Iterable[None]) -> None:
    """Record a number."""
    for _ in calls:
        LATENCY.record(1.5)


def with_span(calls: Iterable[None]) -> None:
    """Open and close a span."""
    for _ in calls:
        with WORK:
            pass


def with_properties(calls: Iterable[None]) -> None:
    """Open and close a span that has a property."""
    for _ in calls:
        with WORK(order=7):
            pass


def call(calls: Iterable[None]) -> None:
    """Call a function that is not instrumented."""
    for _ in calls:
        plain()


def call_decorated(calls: Iterable[None]) -> None:
    """Call one that is."""
    for _ in calls:
        decorated()


def call_traced(calls: Iterable[None]) -> None:
    """Call one of a module that is traced automatically."""
    for _ in calls:
        traced.work.call()


def call_untraced(calls: Iterable[None]) -> None:
    """Call the same of a module that is not."""
    for _ in calls:
        traced.untraced.call()


class Loop:
    """An event loop in which asynchronous subjects run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def same_task(self) -> Subject:
        """Return spans within one task, without an await between."""

        async def spans(calls: Iterable[None]) -> None:
            for _ in calls:
                with WORK:
                    pass

        async def none(calls: Iterable[None]) -> None:
            for _ in calls:
                pass

        return Subject(self._runner(spans), self._runner(none))

    def switching(self) -> Subject:
        """Return spans in twenty tasks, with a switch to the next task inside of each."""

        async def spans(count: int) -> None:
            for _ in range(count):
                with WORK:
                    await asyncio.sleep(0)

        async def none(count: int) -> None:
            for _ in range(count):
                await asyncio.sleep(0)

        def crowd(body: Callable[[int], object]) -> Callable[[Iterable[None]], None]:
            async def together(count: int) -> None:
                await asyncio.gather(*(body(count // TASKS) for _ in range(TASKS)))  # type: ignore[arg-type]

            def run(calls: Iterable[None]) -> None:
                self._loop.run_until_complete(together(sum(1 for _ in calls)))

            return run

        return Subject(crowd(spans), crowd(none), share=0.1)

    def close(self) -> None:
        """Close the loop."""
        self._loop.close()

    def _runner(self, body: Callable[..., object]) -> Callable[[Iterable[None]], None]:
        def run(calls: Iterable[None]) -> None:
            self._loop.run_until_complete(body(calls))  # type: ignore[arg-type]

        return run


def subjects(loop: Loop) -> dict[str, Subject]:
    """Return what can be measured with the SDK at hand, by the name of the event."""
    found = {
        "metric.record": Subject(value),
        "log, message only": Subject(message),
        "log, two arguments": Subject(arguments),
        "log, 3 properties": Subject(properties),
        "log, disabled": Subject(disabled),
        "span, with": Subject(with_span),
        "span, with a property": Subject(with_properties),
        "span, decorator": Subject(call_decorated, call),
        "async span, same task": loop.same_task(),
        "async span, switching tasks": loop.switching(),
    }
    if hasattr(limnograph, "counter"):
        orders = limnograph.counter("orders")

        def increase(calls: Iterable[None]) -> None:
            for _ in calls:
                orders.inc()

        found = {"counter.inc": Subject(increase), **found}
    if traced.TRACED:
        found["automatic trace of a call"] = Subject(call_traced, call_untraced)
    return found
