"""
Tracing by observation: the interpreter tells when a function of a module runs; it stays itself.

A module's functions are those whose globals are its namespace, wherever they are kept, and the
functions inside them. While a module is being imported its code is at hand, with every function
that it will ever make.
"""

import gc
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType

from limnograph.recorder import Span, unwatch, watch
from limnograph.tracing.members import functions_in, is_span, is_wanted, members

_FUNCTION = 0x03
"""Flags of a code object that is a function's, not a module's or a class's."""


class Observation:
    """
    The watched code objects of one module.

    Attributes:
        refused: The interpreter would not watch: other tools have taken all numbers.
    """

    def __init__(self, module: ModuleType, shortest_ns: int, taken: set[int]) -> None:
        self._name, self._shortest_ns, self._taken = module.__name__, shortest_ns, taken
        self._watched: list[CodeType] = []
        self._by_hand = {id(code) for code in _spans_by_hand(module)}
        self.refused = False
        self.add(_codes(module))

    def add(self, codes: Iterable[CodeType]) -> None:
        """Watch the functions among these code objects and those inside them."""
        for code in _with_inner(codes):
            if id(code) in self._taken or id(code) in self._by_hand:
                continue
            if not is_wanted(code.co_name, code.co_filename):
                continue
            name = code.co_qualname  # type: ignore[attr-defined,unused-ignore]
            site = Span(name, "", self._name, code.co_filename, code.co_firstlineno)
            site.shortest_ns = self._shortest_ns
            if watch(code, site):
                self._taken.add(id(code))
                self._watched.append(code)
            else:
                self.refused = True
                return

    def revert(self) -> None:
        """Watch none of them any more."""
        for code in self._watched:
            unwatch(code)
            self._taken.discard(id(code))
        self._watched.clear()


def _codes(module: ModuleType) -> Iterator[CodeType]:
    names = vars(module)
    for found in gc.get_referrers(names):
        if type(found) is FunctionType and found.__globals__ is names:
            yield found.__code__


def _spans_by_hand(module: ModuleType) -> Iterator[CodeType]:
    for member in members(module):
        for function in functions_in(member.value):
            inner = getattr(function, "__wrapped__", None)
            if is_span(function) and isinstance(inner, FunctionType):
                yield inner.__code__


def _with_inner(codes: Iterable[CodeType]) -> Iterator[CodeType]:
    waiting, seen = list(codes), set()
    while waiting:
        code = waiting.pop()
        if id(code) in seen:
            continue
        seen.add(id(code))
        if code.co_flags & _FUNCTION == _FUNCTION:
            yield code
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
