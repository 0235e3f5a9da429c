"""Which modules are meant by ``shop.*``."""

import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase

_WILD = frozenset("*?[")


class Patterns:
    """
    Names of modules, with ``*``, ``?`` and ``[]`` as in file names.

    ``shop.*`` is the package shop itself and everything in it; ``shop`` is that module alone.
    A pattern that begins with a wildcard means neither the standard library nor this package.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(texts)

    def match(self, name: str) -> bool:
        """Return whether the module *name* is meant."""
        return any(_matches(text, name) for text in self._texts)

    def __str__(self) -> str:
        return ", ".join(self._texts)


def _matches(text: str, name: str) -> bool:
    top = name.partition(".")[0]
    if top == __package__.partition(".")[0]:
        return False
    if text[:1] in _WILD and top in sys.stdlib_module_names:
        return False
    return fnmatchcase(name, text) or (text.endswith(".*") and fnmatchcase(name, text[:-2]))
