"""
Tracing by replacement: each function of a module becomes a decorated one, and back.

For interpreters without ``sys.monitoring``. What other modules took from a module before it was
decorated stays undecorated there, and functions inside functions are not seen.
"""

from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any

from limnograph.recorder import Span
from limnograph.tracing.members import Member, functions_in, is_span, is_wanted, members

_NEVER_NS = 2**62


class Decoration:
    """The replacements in one module."""

    def __init__(self, module: ModuleType, shortest_ns: int) -> None:
        self._shortest_ns = shortest_ns
        self._made: list[tuple[Member, Any]] = []
        self._sites: list[Any] = []
        for member in members(module):
            self._decorate(member)

    def revert(self) -> None:
        """Put back what stood there, wherever ours still stands; elsewhere it records nothing."""
        for site in self._sites:
            site.shortest_ns = _NEVER_NS
        self._sites.clear()
        for (owner, name, value), ours in reversed(self._made):
            if isinstance(value, cached_property):
                value.func = ours
            elif vars(owner).get(name) is ours:
                setattr(owner, name, value)
        self._made.clear()

    def _decorate(self, member: Member) -> None:
        owner, name, value = member
        if not all(map(_can_be_decorated, functions_in(value))):
            return
        try:
            if isinstance(value, cached_property):
                self._made.append((member, value.func))
                value.func = self._traced(value.func)
                return
            ours = self._replacement(value)
            setattr(owner, name, ours)
        except (AttributeError, TypeError):
            return  # a class that lets nothing be set
        self._made.append((member, ours))

    def _replacement(self, value: Any) -> Any:
        if isinstance(value, classmethod | staticmethod):
            return type(value)(self._traced(value.__func__))
        if isinstance(value, property):
            get, put, delete = (
                part and self._traced(part) for part in (value.fget, value.fset, value.fdel)
            )
            return type(value)(get, put, delete, value.__doc__)
        return self._traced(value)

    def _traced(self, function: Any) -> Any:
        code = _code_of(function)
        site = Span(
            function.__qualname__, "", function.__module__, code.co_filename, code.co_firstlineno
        )
        site.shortest_ns = self._shortest_ns
        self._sites.append(site)
        return site(function)


def _can_be_decorated(function: Any) -> bool:
    if not isinstance(function, FunctionType) or is_span(function):
        return False
    if getattr(function, "__isabstractmethod__", False):
        return False
    return is_wanted(function.__name__, _code_of(function).co_filename)


def _code_of(function: Any) -> Any:
    """Return the code of the innermost function: a decorator's own code says nothing of it."""
    seen = set()
    while hasattr(function, "__wrapped__") and id(function) not in seen:
        seen.add(id(function))
        function = function.__wrapped__
    return getattr(function, "__code__", None) or FunctionType.__code__
