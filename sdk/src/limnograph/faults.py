"""
Errors of the SDK's own code on the application's threads: counted, and never raised there.

Rule: what an integration does besides calling the library runs inside ``guarded``.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Faults:
    """How many errors there were, and the last one; part of ``limnograph.stats()``."""

    count = 0
    last = ""


def count(fault: BaseException) -> None:
    """Remember an error that must not reach the application."""
    Faults.count += 1
    Faults.last = f"{type(fault).__name__}: {fault}"


def guarded(function: Callable[_P, _R]) -> Callable[_P, _R | None]:
    """Return *function* such that an error inside it is counted and makes it return None."""

    @wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R | None:
        try:
            return function(*args, **kwargs)
        except Exception as exc:
            count(exc)
            return None

    return call
