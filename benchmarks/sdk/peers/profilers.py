"""Profilers that see every call: viztracer, and cProfile, which keeps sums only."""

import cProfile
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from benchmarks.sdk.slices import Subject, nothing


def _plain() -> None:
    return


def _call(calls: Iterable[None]) -> None:
    for _ in calls:
        _plain()


@contextmanager
def _profiled() -> Iterator[None]:
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()


def subjects() -> dict[tuple[str, str], Subject]:
    """
    Return traced calls.

    The call itself is part of the figure: with the profiler on, there is none without it.
    """
    found = {
        ("automatic trace of a call", "cProfile, with the call"): Subject(
            _call, nothing, _profiled, share=0.1
        )
    }
    try:
        from viztracer import VizTracer
    except ImportError as exc:
        print(f"left out: viztracer ({exc})", file=sys.stderr)
        return found
    tracer = VizTracer(tracer_entries=100_000, verbose=0)

    @contextmanager
    def traced() -> Iterator[None]:
        tracer.start()
        try:
            yield
        finally:
            tracer.stop()
            tracer.clear()

    words = "viztracer, with the call"
    found[("automatic trace of a call", words)] = Subject(_call, nothing, traced, share=0.1)
    return found
