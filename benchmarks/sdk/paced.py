"""
An application at a steady rate, as a program of its own: ``python -m benchmarks.sdk.paced``.

Each millisecond it does its share of units; a unit is three nested spans, three metrics and one log
with two properties. Prints one JSON object: CPU seconds of the process, how long the units took on
the clock, and what the SDK says of itself.
"""

import argparse
import gc
import json
import resource
import shutil
import tempfile
import time
from pathlib import Path

import limnograph
from benchmarks.report_lines import percentile
from limnograph import log, metric, span

EVENTS_PER_UNIT = 10
"""The beginnings and ends of three spans, three metrics and a log."""

ROWS_PER_UNIT = 7
"""What is recorded of them: a span is one row."""

TICK_S = 0.001

_MEMORY = Path("/dev/shm")

REQUEST = span("request")
LOAD = span("load session")
QUERY = span("query database")
LATENCY = metric("request.latency", "ms")
SIZE = metric("response.size", "bytes")
OPEN = metric("requests.open", "requests")

ROUTES = ("/", "/products", "/search", "/cart", "/checkout")


def unit(number: int) -> None:
    """Do what one request of the application records."""
    with REQUEST:
        with LOAD:
            OPEN.record(number & 15)
        with QUERY:
            SIZE.record(float(number * 37 % 9973))
        LATENCY.record(0.25 * (number * 61 % 997))
        log.info("answered", route=ROUTES[number % 5], status=200)


def untouched(number: int) -> None:
    """Do the same without the SDK: nothing."""


def run(
    seconds: float, units_per_tick: int, *, instrumented: bool, measured: bool = True
) -> dict[str, object]:
    """
    Keep the rate for some seconds; a tick that comes late is made up for.

    What each unit took is kept when it is *measured*, and takes memory.
    """
    work = unit if instrumented else untouched
    taken_ns: list[int] = []
    number = ticks = 0
    late_s = 0.0
    clock, clock_ns, keep = time.perf_counter, time.perf_counter_ns, taken_ns.append
    gc.collect()
    gc.freeze()
    cpu = time.process_time()
    begin = clock()
    while (now := clock()) - begin < seconds:
        due = begin + ticks * TICK_S
        if now < due:
            time.sleep(due - now)
        else:
            late_s = max(late_s, now - due)
        ticks += 1
        for _ in range(units_per_tick):
            number += 1
            if measured:
                before = clock_ns()
                work(number)
                keep(clock_ns() - before)
            else:
                work(number)
    wall_s = clock() - begin
    return {
        "cpu_s": time.process_time() - cpu,
        "wall_s": wall_s,
        "units": number,
        "late_s": late_s,
        "unit_ns": _percentiles(taken_ns),
        "rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def _percentiles(taken_ns: list[int]) -> dict[str, float]:
    if not taken_ns:
        return {}
    found = {str(percent): percentile(taken_ns, percent) for percent in (50, 90, 99)}
    return {**found, "max": max(taken_ns)}


def main() -> None:
    """Run as told and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=["idle", "unflushed", "flushed"])
    parser.add_argument("--endpoint", default="http://127.0.0.1:9")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--events-per-s", type=int, default=100_000)
    parser.add_argument("--unmeasured", action="store_true", help="keep no times of units")
    given = parser.parse_args()
    units_per_tick = max(1, round(given.events_per_s * TICK_S / EVENTS_PER_UNIT))
    rows = int(given.seconds * units_per_tick / TICK_S * ROWS_PER_UNIT)
    state = Path(tempfile.mkdtemp(prefix="paced-", dir=_MEMORY if _MEMORY.is_dir() else None))
    if given.mode != "idle":
        # unflushed: room for everything, and no flush before the end
        limits = limnograph.Limits(events_queued_max=4 * rows, text_bytes_queued_max=1 << 30)
        flushed = given.mode == "flushed"
        limnograph.init(
            "paced",
            given.endpoint,
            flush_interval_s=1.0 if flushed else 3600.0,
            limits=None if flushed else limits,
            state_dir=str(state),
        )
    process_id = limnograph.process_id()
    found = run(
        given.seconds,
        units_per_tick,
        instrumented=given.mode != "idle",
        measured=not given.unmeasured,
    )
    if given.mode == "flushed":
        complete = limnograph.shutdown(60)
        stats = limnograph.stats()
        found |= {
            "process_id": process_id,
            "complete": complete,
            "acknowledged": stats.acknowledged_events,
            "dropped": dict(stats.dropped),
            "retries": stats.retries,
        }
    print(json.dumps(found), flush=True)
    if given.mode == "unflushed":
        limnograph.shutdown(0)
    shutil.rmtree(state)  # what nobody took is not for a next start


if __name__ == "__main__":
    main()
