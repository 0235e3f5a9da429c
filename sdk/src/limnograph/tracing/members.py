"""
What a module consists of: its functions, and those of its classes, where they stand.

Rule: what was imported from elsewhere, what was generated and what is a span already is left out,
and so are special methods except those that do a program's work.
"""

from collections.abc import Iterator
from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

_OURS = "limnograph."
_SPECIAL = frozenset(
    {"__init__", "__call__", "__enter__", "__exit__", "__aenter__", "__aexit__"}
)  # fmt: skip
_DESCRIPTORS = (classmethod, staticmethod, property, cached_property)


class Member(NamedTuple):
    """A function, or what holds some, and where it stands: ``vars(owner)[name]``."""

    owner: Any
    name: str
    value: Any


def members(module: ModuleType) -> Iterator[Member]:
    """Yield the members of a module and of its classes, each once."""
    for name, value in list(vars(module).items()):
        if isinstance(value, type):
            if value.__module__ == module.__name__ and value.__qualname__ == name:
                yield from _of_class(value)
        elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
            yield Member(module, name, value)


def _of_class(owner: type) -> Iterator[Member]:
    for name, value in list(vars(owner).items()):
        if isinstance(value, type):
            if value.__qualname__ == f"{owner.__qualname__}.{name}":
                yield from _of_class(value)
        elif isinstance(value, (FunctionType, *_DESCRIPTORS)):
            yield Member(owner, name, value)


def functions_in(value: Any) -> Iterator[Any]:
    """Yield what a member runs when it is used."""
    if isinstance(value, property):
        yield from (one for one in (value.fget, value.fset, value.fdel) if one is not None)
    elif isinstance(value, cached_property):
        yield value.func
    elif isinstance(value, classmethod | staticmethod):
        yield value.__func__
    else:
        yield value


def is_span(function: Any) -> bool:
    """Return whether *function* is a decorated one already."""
    if type(function).__module__.startswith(_OURS):
        return True
    names = getattr(function, "__globals__", None) or {}
    return bool(str(names.get("__name__", "")).startswith(f"{_OURS}recorder"))


def is_wanted(name: str, file: str) -> bool:
    """Return whether a function of that name and source file is worth a span."""
    if name.startswith("<") or file.startswith("<"):
        return False
    return not (name.startswith("__") and name.endswith("__")) or name in _SPECIAL
