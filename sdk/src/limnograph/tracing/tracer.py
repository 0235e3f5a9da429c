"""``trace_modules``: what is traced, from when to when."""

import sys
import threading
from types import CodeType, ModuleType, TracebackType
from typing import Self

from limnograph import faults
from limnograph.notices import say
from limnograph.recorder import CAN_WATCH
from limnograph.recorder.texts import text_of
from limnograph.tracing.decoration import Decoration
from limnograph.tracing.imports import ImportHook
from limnograph.tracing.observation import Observation
from limnograph.tracing.patterns import Patterns

_TAKEN: set[int] = set()
"""Code objects that are watched for one of the tracings of this process."""


class Tracing:
    """What one call of ``trace_modules`` began; as a context manager it stops at the end."""

    def __init__(self, patterns: Patterns, shortest_ns: int) -> None:
        self._patterns, self._shortest_ns = patterns, shortest_ns
        self._lock = threading.Lock()
        self._traced: dict[str, Decoration | Observation] = {}
        self._hook = ImportHook(patterns.match, self._loaded)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<tracing {self._patterns}: {len(self._traced)} modules>"

    @property
    def modules(self) -> list[str]:
        """The modules that are traced now."""
        return sorted(self._traced)

    def stop(self) -> None:
        """Trace nothing more; every function is again what it was."""
        self._hook.remove()
        with self._lock:
            for traced in self._traced.values():
                traced.revert()
            self._traced.clear()

    def watch_main(self, code: CodeType) -> None:
        """Trace the functions of a script that is about to run as ``__main__``, if it is meant."""
        main = sys.modules["__main__"]
        if CAN_WATCH and self._patterns.match("__main__"):
            self._loaded(main, [code])

    def _begin(self) -> None:
        self._hook.install()
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and self._patterns.match(name):
                self._loaded(module, [])

    def _loaded(self, module: ModuleType, codes: list[CodeType]) -> None:
        with self._lock:
            before = self._traced.pop(module.__name__, None)
            if before is not None:
                before.revert()
            try:
                self._traced[module.__name__] = self._of(module, codes)
            except Exception as exc:
                faults.count(exc)

    def _of(self, module: ModuleType, codes: list[CodeType]) -> Decoration | Observation:
        if CAN_WATCH:
            traced = Observation(module, self._shortest_ns, _TAKEN)
            traced.add(codes)
            if not traced.refused:
                return traced
        return Decoration(module, self._shortest_ns)


def trace_modules(*patterns: str, min_duration_s: float = 0.0) -> Tracing:
    """
    Record a span for each call of the functions and methods of chosen modules.

    Functions are traced in modules imported before and after: call it first where the interpreter
    is older than 3.12, because there other modules keep what they imported before. A span has the
    function's qualified name. Never raises.

        limnograph.trace_modules("shop.*", "payments", min_duration_s=0.001)

    Args:
        *patterns: ``shop.*`` is the package shop and everything in it, ``shop`` that module alone;
            ``*``, ``?`` and ``[]`` as in file names.
        min_duration_s: Calls that take less are not recorded; what is inside them, if it is long
            enough, is, under a parent that is not there.

    Returns:
        What was begun; ``stop()`` ends it, and so does the end of a ``with``.
    """
    texts = [text for text in patterns if isinstance(text, str) and text]
    if len(texts) < len(patterns) or not texts:
        say(f"trace_modules: {text_of(patterns)} is not only names of modules")
    shortest_ns = 0
    if isinstance(min_duration_s, int | float) and 0 <= min_duration_s < 2**33:
        shortest_ns = round(min_duration_s * 1e9)
    else:
        say(f"trace_modules: min_duration_s is {text_of(min_duration_s)}; recording every call")
    tracing = Tracing(Patterns(texts), shortest_ns)
    try:
        tracing._begin()  # noqa: SLF001 - the two are one module
    except Exception as exc:
        faults.count(exc)
    return tracing
