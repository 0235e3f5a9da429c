"""
What recording an event costs the application, and turning events into blocks its process.

CPU time of the thread, lowest tenth of many short slices, the empty loop subtracted: what the code
takes when nobody else is on the core. Peers do other things too (logging looks up callers and takes
locks; prometheus_client keeps sums, not events): read the ratios as sizes, not as verdicts.
"""

import json
import logging
import logging.handlers
import time
import zlib
from collections.abc import Callable, Iterator

import prometheus_client

from benchmarks.report_lines import Line, arguments, emit
from limnograph import log, metric, recorder, span
from limnograph.clock import Calibration
from limnograph.limits import Limits
from limnograph.packer import Packer
from limnograph.process import describe

CALLS_PER_SLICE = 500
SLICES = 200
ROWS = 20_000

LATENCY = metric("latency", "ms")
WORK = span("work")
HISTOGRAM = prometheus_client.Histogram("latency_ms", "latency", registry=None)


@WORK
def _decorated() -> None:
    return


def _plain() -> None:
    return


def _ours() -> dict[str, Callable[[range], None]]:
    def empty(calls: range) -> None:
        for _ in calls:
            pass

    def call(calls: range) -> None:
        for _ in calls:
            _plain()

    def disabled(calls: range) -> None:
        for _ in calls:
            log.trace("text")

    def plain(calls: range) -> None:
        for _ in calls:
            log.info("text")

    def deferred(calls: range) -> None:
        for number in calls:
            log.info("user %s took %d ms", "ann", number)

    def properties(calls: range) -> None:
        for number in calls:
            log.info("order", customer="ann", items=number, total=1.5)

    def value(calls: range) -> None:
        for _ in calls:
            LATENCY.record(1.5)

    def with_span(calls: range) -> None:
        for _ in calls:
            with WORK:
                pass

    def decorated(calls: range) -> None:
        for _ in calls:
            _decorated()

    found = (empty, call, disabled, plain, deferred, properties, value, with_span, decorated)
    return {function.__name__: function for function in found}


def _peers(logger: logging.Logger) -> dict[str, Callable[[range], None]]:
    def disabled(calls: range) -> None:
        for _ in calls:
            logger.debug("text")

    def plain(calls: range) -> None:
        for _ in calls:
            logger.info("text")

    def deferred(calls: range) -> None:
        for number in calls:
            logger.info("user %s took %d ms", "ann", number)

    def properties(calls: range) -> None:
        for number in calls:
            logger.info("order", extra={"customer": "ann", "items": number, "total": 1.5})

    def value(calls: range) -> None:
        for _ in calls:
            HISTOGRAM.observe(1.5)

    return {
        function.__name__: function for function in (disabled, plain, deferred, properties, value)
    }


def _ns_per_call(
    function: Callable[[range], None], reset: Callable[[], None], slices: int
) -> float:
    calls = range(CALLS_PER_SLICE)
    taken = []
    for _ in range(slices):
        begin = time.thread_time_ns()
        function(calls)
        taken.append(time.thread_time_ns() - begin)
        reset()
    return sorted(taken)[len(taken) // 10] / CALLS_PER_SLICE


class _Kept(logging.handlers.BufferingHandler):
    """Keeps records in memory, as ``logging`` does at its cheapest."""

    def shouldFlush(self, record: logging.LogRecord) -> bool:  # noqa: ARG002, N802 - logging's name
        return False


def _drained() -> None:
    for _ in recorder.drain(0):
        pass


def _recording_lines(slices: int) -> Iterator[Line]:
    handler = _Kept(0)
    logger = logging.getLogger("benchmark")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    ours = {name: _ns_per_call(function, _drained, slices) for name, function in _ours().items()}
    peers = {
        name: _ns_per_call(function, handler.buffer.clear, slices)
        for name, function in _peers(logger).items()
    }
    empty = ours.pop("empty")
    ours["decorated"] -= ours.pop("call") - empty
    rows = (
        ("log below the level", "disabled", "logging.debug, disabled", "disabled"),
        ("log a constant", "plain", "logging.info into memory", "plain"),
        ("log with two arguments", "deferred", "logging.info('%s %d') into memory", "deferred"),
        (
            "log with three properties",
            "properties",
            "logging.info(extra=3) into memory",
            "properties",
        ),
        ("record a metric", "value", "prometheus_client Histogram.observe", "value"),
        ("record a metric", "value", "logging.info into memory", "plain"),
        ("span by with", "with_span", "logging.info into memory, twice", "plain"),
        ("span by decorator, added", "decorated", "logging.info into memory, twice", "plain"),
    )
    for name, mine, peer, theirs in rows:
        twice = 2 if peer.endswith("twice") else 1
        yield Line(
            name=name,
            value=ours[mine] - empty,
            unit="CPU ns per event",
            peer=peer,
            peer_value=twice * (peers[theirs] - empty),
            conditions={"slices": slices, "calls_per_slice": CALLS_PER_SLICE},
        )


def _encoding_lines() -> Iterator[Line]:
    calibration = Calibration(recorder.ticks, recorder.TICKS_PER_SECOND)
    packer = Packer(describe("benchmark", {}, calibration.clock), Limits())
    _drained()
    for number in range(ROWS):
        log.info("user %s took %d ms", f"u{number % 100}", number, route="/cart", shop=number % 7)
    begin = time.thread_time_ns()
    requests = list(packer.pack(recorder.drain(calibration.clock.origin_ticks), calibration.clock))
    ours_ns = time.thread_time_ns() - begin
    rows = [
        {"time": time.time_ns(), "level": 4, "msg": "user %s took %d ms" % (f"u{n % 100}", n),  # noqa: UP031 - what a peer would do
         "route": "/cart", "shop": str(n % 7)}
        for n in range(ROWS)
    ]  # fmt: skip
    begin = time.thread_time_ns()
    text = zlib.compress("\n".join(map(json.dumps, rows)).encode(), 1)
    peer_ns = time.thread_time_ns() - begin
    peer = "json.dumps a line, zlib 1, of rows already formatted"
    conditions = {"rows": ROWS}
    size = sum(len(request.body) for request in requests)
    yield Line(name="events into requests", value=ours_ns / ROWS, unit="CPU ns per event",
               peer=peer, peer_value=peer_ns / ROWS, conditions=conditions)  # fmt: skip
    yield Line(name="size on the wire", value=size / ROWS, unit="bytes per event",
               peer=peer, peer_value=len(text) / ROWS, conditions=conditions)  # fmt: skip


def main() -> None:
    """Measure and print."""
    slices = SLICES // 4 if arguments(__doc__).quick else SLICES
    recorder.start(4, Limits(), lambda _urgent: None)
    for line in _recording_lines(slices):
        emit(line)
    for line in _encoding_lines():
        emit(line)
    recorder.stop()


if __name__ == "__main__":
    main()
