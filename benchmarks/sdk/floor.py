"""
The floor: what calling an empty function of a C extension costs, the least an event can cost.

Without the extension a builtin of the same calling convention stands in.
"""

import operator
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from benchmarks.sdk.slices import Subject

FLOOR = "an empty C function (METH_FASTCALL, one argument)"
STAND_IN = "operator.index(1), as there is no extension"


def floor() -> tuple[str, Subject]:
    """Return what the floor is in words, and how to measure it."""
    try:
        empty: Callable[[Any], object] = import_module("limnograph._recorder").empty_call
        words = FLOOR
    except (ImportError, AttributeError):
        empty, words = operator.index, STAND_IN

    def run(calls: Iterable[None]) -> None:
        for _ in calls:
            empty(1)

    return words, Subject(run)
