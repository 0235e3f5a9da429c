"""
Seeing modules when they are imported, without changing what is imported or by whom.

The hook asks the other finders, and has the loader that they name tell when it has run the module:
on that loader object alone, so that it stays what it is for everybody who looks at it.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

from limnograph import faults

Loaded = Callable[[ModuleType, list[CodeType]], None]
"""Told of a module that has just run, and of its code where that is known."""


class ImportHook:
    """A finder before all others that finds nothing by itself."""

    def __init__(self, wanted: Callable[[str], bool], loaded: Loaded) -> None:
        self._wanted, self._loaded = wanted, loaded

    def install(self) -> None:
        """Look at every import from now on."""
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Look at no more imports."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders say, the loader prepared; None where they know nothing."""
        if not self._wanted(name):
            return None
        for finder in list(sys.meta_path):
            if isinstance(finder, ImportHook) or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if not isinstance(spec.loader, type):
                    self._prepare(spec.loader, name)
                return spec
        return None

    def _prepare(self, loader: Any, name: str) -> None:
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return
        codes: list[CodeType] = []

        def exec_module(module: ModuleType) -> None:
            if getattr(module.__spec__, "name", None) != name:
                execute(module)
                return
            _forget(loader, exec_module, get_code)
            kept = _replaced(loader, "get_code", get_code)
            try:
                execute(module)
            finally:
                if kept:
                    _forget(loader, exec_module, get_code)
            self._tell(module, codes)

        find_code = getattr(loader, "get_code", None)

        def get_code(fullname: str) -> CodeType | None:
            code: CodeType | None = find_code(fullname) if find_code else None
            if code is not None and fullname == name:
                codes.append(code)
            return code

        _replaced(loader, "exec_module", exec_module)

    def _tell(self, module: ModuleType, codes: list[CodeType]) -> None:
        try:
            self._loaded(module, codes)
        except Exception as exc:
            faults.count(exc)


def _replaced(loader: Any, name: str, function: Any) -> bool:
    try:
        setattr(loader, name, function)
    except (AttributeError, TypeError):
        return False  # a loader that lets nothing be set: its modules are not seen
    return True


def _forget(loader: Any, *ours: Any) -> None:
    """Give a loader its own methods back."""
    for name in ("exec_module", "get_code"):
        if vars(loader).get(name) in ours:
            delattr(loader, name)
