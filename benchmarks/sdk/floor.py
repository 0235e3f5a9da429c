"""
The floors: what calling a function of a C extension costs that does nothing, or reads the clock.

No event that is recorded by a call can cost less than the one, and none that has a time less than
the other. How much reading the clock is of a call differs from machine to machine by a factor of
three, so both are shown. Without the extension builtins of the same kind stand in.
"""

import operator
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from benchmarks.sdk.slices import Subject

FLOOR = "an empty C function (METH_FASTCALL, one argument)"
CLOCK_FLOOR = "a C function that reads the clock"


def floors() -> dict[str, Subject]:
    """Return the floors by what they are in words, the empty function first."""
    try:
        extension = import_module("limnograph._recorder")
    except ImportError:
        return {
            "operator.index(1), as there is no extension": _of(operator.index),
            "time.monotonic_ns(), as there is no extension": Subject(_monotonic),
        }
    return {FLOOR: _of(extension.empty_call), CLOCK_FLOOR: _of(extension.clock_call)}


def _of(function: Callable[[Any], object]) -> Subject:
    def run(calls: Iterable[None]) -> None:
        for _ in calls:
            function(1)

    return Subject(run)


def _monotonic(calls: Iterable[None]) -> None:
    for _ in calls:
        time.monotonic_ns()
