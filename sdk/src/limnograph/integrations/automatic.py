"""
Every integration that needs no line of code, for the libraries that a program imports.

    limnograph.integrations.automatic.instrument()

What is imported already is instrumented now, the rest when it is imported; nothing is imported
for it. ``python -m limnograph run`` calls this.
"""

import importlib
import importlib.util
import sys
import threading
from collections.abc import Collection, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from limnograph import faults

LIBRARIES = {
    "asyncio": "event_loop",
    "flask": "wsgi",
    "httpx": "httpx",
    "logging": "logging",
    "loguru": "loguru",
    "psycopg": "psycopg",
    "requests": "requests",
    "sqlalchemy": "sqlalchemy",
    "starlette.applications": "asgi",
}
"""Module of a library, and the integration that serves it."""


class _Automatic:
    """What is in place."""

    lock = threading.Lock()
    finder: "_Finder | None" = None


def instrument(*, without: Collection[str] = ()) -> None:
    """
    Instrument each library of LIBRARIES once it is imported.

    Args:
        without: Those of LIBRARIES that are left alone.
    """
    with _Automatic.lock:
        if _Automatic.finder is None:
            _Automatic.finder = _Finder(frozenset(LIBRARIES) - frozenset(without))
            sys.meta_path.insert(0, _Automatic.finder)
        wanted = _Automatic.finder.wanted
    for library in wanted:
        if library in sys.modules:
            _turn(library, "instrument")


def uninstrument() -> None:
    """Leave every library as it was found."""
    with _Automatic.lock:
        finder, _Automatic.finder = _Automatic.finder, None
    if finder is not None and finder in sys.meta_path:
        sys.meta_path.remove(finder)
    for library in LIBRARIES:
        if library in sys.modules:
            _turn(library, "uninstrument")


@faults.guarded
def _turn(library: str, how: str) -> None:
    getattr(importlib.import_module(f"limnograph.integrations.{LIBRARIES[library]}"), how)()


class _Finder(MetaPathFinder):
    """Lets each library be found as ever, and instruments it when its module has run."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.wanted = wanted
        self._inside = threading.local()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec that the other finders have, with a loader that tells us; or None."""
        del path, target
        if fullname not in self.wanted or getattr(self._inside, "name", None) == fullname:
            return None
        self._inside.name = fullname
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._inside.name = None
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader)
        return spec


class _Telling(Loader):
    """Loads by the library's own loader, then instruments; the module keeps no trace of it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, and instrument it."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _turn(module.__name__, "instrument")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
