"""
The table of events: CPU time of each, beside the floor and beside the peers, all in one run.

What is recorded is flushed to a program that throws it away, between the slices, so that buffers
are as full as they are in an application and never too full.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import limnograph
from benchmarks.report_lines import Line
from benchmarks.sdk import ours, peers
from benchmarks.sdk.floor import FLOOR, floors
from benchmarks.sdk.sink import sink
from benchmarks.sdk.slices import Taken, measure, quiet_ratio, ratio, spread
from limnograph import recorder

TARGETS = {
    "counter.inc": 1.5,
    "metric.record": 2.5,
    "log, message only": 3.0,
    "log, 3 properties": 6.5,
    "log, disabled": 2.0,
    "span, with": 6.0,
    "span, decorator": 4.5,
    "async span, same task": 6.5,
    "automatic trace of a call": 6.0,
}
"""At most so many times the floor."""

EVENTS_QUEUED_MAX = 2_000_000
"""Room for what is recorded between two flushes; a dropped event would be a cheap one."""


def lines(rounds: int, *, with_peers: bool = True) -> Iterator[Line]:
    """Measure and yield: each event beside the floor, then beside its peers."""
    least = floors()
    loop = ours.Loop()
    with recording():
        mine = ours.subjects(loop)
        theirs = peers.subjects() if with_peers else {}
        everything = {
            **least,
            **mine,
            **{" / ".join(key): subject for key, subject in theirs.items()},
        }
        taken = measure(everything, rounds, lambda: limnograph.flush(30))
        dropped = sum(limnograph.stats().dropped.values())
    loop.close()
    if dropped:
        print(f"{dropped} events were dropped: the figures are too good", file=sys.stderr)
    for event in mine:
        for words in least:
            yield _line(event, taken[event], words, taken[words], rounds)
        for of, peer in theirs:
            if of == event:
                yield _line(event, taken[event], peer, taken[f"{of} / {peer}"], rounds)


def _line(event: str, mine: Taken, peer: str, theirs: Taken, rounds: int) -> Line:
    low, _, high = spread(mine)
    conditions = {
        "recorder": "c" if recorder.NATIVE else "python",
        "quiet_value": round(mine.quiet, 1),
        "quiet_ratio": round(quiet_ratio(mine, theirs), 3),
        "quartiles": [round(low, 1), round(high, 1)],
        "slices": rounds,
    }
    if event in TARGETS and peer == FLOOR:
        conditions |= {"at_most": TARGETS[event], "met": ratio(mine, theirs) <= TARGETS[event]}
    return Line(
        name=f"sdk.{event}",
        value=mine.median,
        unit="CPU ns per event",
        peer=peer,
        peer_value=theirs.median,
        conditions=conditions,
    )


@contextmanager
def recording() -> Iterator[None]:
    """Record at level info and send to a program that throws everything away."""
    with sink() as url:
        limits = limnograph.Limits(events_queued_max=EVENTS_QUEUED_MAX)
        if not limnograph.init(
            "benchmark", url, level="info", flush_interval_s=3600, limits=limits
        ):
            raise RuntimeError("another part of this program records already")
        try:
            yield
        finally:
            limnograph.shutdown(30)
