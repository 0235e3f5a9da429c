"""
What recording costs beside ``logging``, as ratios of medians taken in turns in one process.

The bounds are far from what is measured (docs/benchmarks.md), so that a busy machine cannot fail
them, and near enough to notice an event that takes ten times what it did.
"""

from collections.abc import Callable

import pytest

import limnograph
from benchmarks.sdk import ours
from benchmarks.sdk.peers import stdlib_logging
from benchmarks.sdk.slices import Taken, measure
from limnograph import recorder
from tests.sdk.peer import Peer

ROUNDS = 11
NATIVE = recorder.NATIVE

TIMES_CHEAPER = {
    # event: (than which of logging's, by the C recorder, by that in Python)
    "counter.inc": ("log, message only", 20, 3),
    "metric.record": ("log, message only", 10, 1.5),
    "log, message only": ("log, message only", 10, 1.5),
    "log, 3 properties": ("log, 3 properties", 8, 1.2),
    "span, with": ("log, message only", 6, 0.5),
}


@pytest.fixture
def measured(peer: Peer) -> Callable[[], dict[str, Taken]]:
    """Return what measures our events and those of logging, with the SDK recording."""
    limits = limnograph.Limits(events_queued_max=2_000_000)
    assert limnograph.init("cost", peer.uri, level="info", flush_interval_s=3600, limits=limits)

    def run() -> dict[str, Taken]:
        loop = ours.Loop()
        subjects = {name: s for name, s in ours.subjects(loop).items() if name in TIMES_CHEAPER}
        theirs = stdlib_logging.subjects()
        subjects |= {f"logging {event}": subject for (event, _), subject in theirs.items()}
        taken = measure(subjects, ROUNDS, lambda: limnograph.flush(60), calls=2_000)
        loop.close()
        assert not limnograph.stats().dropped
        return taken

    return run


@pytest.mark.slow
def test_an_event_costs_a_fraction_of_a_log_record_of_the_standard_library(
    measured: Callable[[], dict[str, Taken]],
) -> None:
    """
    A recorder in C that is slower than ten Python calls, or one in Python slower than logging.
    """
    taken = measured()
    too_dear = {}
    for event, (theirs, native, python) in TIMES_CHEAPER.items():
        times = taken[f"logging {theirs}"].median / taken[event].median
        if times < (native if NATIVE else python):
            too_dear[event] = times
    assert not too_dear, {name: round(t.median) for name, t in taken.items()}
