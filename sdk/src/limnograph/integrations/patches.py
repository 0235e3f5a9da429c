"""
Replacing functions of other libraries, and putting the originals back exactly.

Rule: what somebody else replaced after us stays theirs; ours below it then only passes calls on,
which each replacement does by itself while ``Patches.on`` is False.
"""

import threading
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

_ABSENT = object()


class Patches:
    """The replacements of one integration."""

    def __init__(self) -> None:
        self.on = False
        self._lock = threading.Lock()
        self._made: list[tuple[Any, str, Any, Any]] = []

    def apply(self, *targets: tuple[Any, str, Callable[[Any], Any]]) -> None:
        """
        Replace each (owner, name) by what its maker returns for the original; once only.

        Args:
            targets: Owner (a class or module), attribute, and a function that returns the
                replacement for the original that it is given.
        """
        with self._lock:
            if self.on:
                return
            for owner, name, make in targets:
                if any(owner is other and name == known for other, known, _, _ in self._made):
                    continue
                own = vars(owner).get(name, _ABSENT)
                original = getattr(owner, name)
                replacement = update_wrapper(make(original), original)
                setattr(owner, name, replacement)
                self._made.append((owner, name, own, replacement))
            self.on = True

    def revert(self) -> None:
        """Put the originals back wherever ours is still in place."""
        with self._lock:
            self.on = False
            kept = []
            for owner, name, own, replacement in reversed(self._made):
                if vars(owner).get(name) is not replacement:
                    kept.append((owner, name, own, replacement))
                elif own is _ABSENT:
                    delattr(owner, name)
                else:
                    setattr(owner, name, own)
            self._made = kept[::-1]
