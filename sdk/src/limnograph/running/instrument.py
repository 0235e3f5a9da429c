"""
What ``run`` puts in place before the program: in its process, and in those it spawns.

Children of ``fork`` have it from their parent. Those of multiprocessing's ``spawn`` and
``forkserver`` get it with the data that prepares them, before the program's own module is imported.
"""

import os
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import limnograph
from limnograph import api, faults
from limnograph.facts.given import service_given
from limnograph.integrations import automatic
from limnograph.running.options import Options
from limnograph.settings import Settings
from limnograph.tracing import Tracing
from limnograph.tracing.imports import ImportHook

_KEY = "limnograph"
_SPAWN = "multiprocessing.spawn"


class Plan(NamedTuple):
    """What is instrumented besides what the session records of itself."""

    without: frozenset[str]
    trace: tuple[str, ...]
    trace_min_duration_s: float


def begin(options: Options) -> Tracing | None:
    """Begin to record this process; return what is traced. Never raises."""
    service = options.service or service_given(os.environ)
    if not service and options.kind == "module":
        service = options.program
    limnograph.init(service, options.endpoint, options.properties, level=options.level)
    return _instrument(Plan(options.without, options.trace, options.trace_min_duration_s))


def _instrument(plan: Plan) -> Tracing | None:
    _spawn_with(plan)
    try:
        automatic.instrument(without=plan.without)
    except Exception as exc:
        faults.count(exc)
    if not plan.trace:
        return None
    return limnograph.trace_modules(*plan.trace, min_duration_s=plan.trace_min_duration_s)


class _Preparation:
    """Begins the recording of a spawned child when the child reads it."""

    def __init__(self, settings: Settings, parent: str, plan: Plan, argv: list[str]) -> None:
        self._what = (settings, parent, plan, argv)

    def __reduce__(self) -> tuple[Any, ...]:
        return _begin_spawned, self._what


def _begin_spawned(settings: Settings, parent: str, plan: Plan, argv: list[str]) -> None:
    sys.argv = argv
    api.start_session(settings, parent_process_id=parent)
    api.flush_with_multiprocessing()
    _instrument(plan)


def _spawn_with(plan: Plan) -> None:
    def imported(module: ModuleType, _codes: list[CodeType]) -> None:
        module.get_preparation_data = _extended(  # type: ignore[attr-defined]
            module.get_preparation_data, plan
        )

    ImportHook(_SPAWN.__eq__, imported).install()
    if _SPAWN in sys.modules:
        imported(sys.modules[_SPAWN], [])


def _extended(original: Callable[[str], dict[str, Any]], plan: Plan) -> Any:
    def get_preparation_data(name: str) -> dict[str, Any]:
        data = original(name)
        running = api.running()
        if running is not None:
            settings, process_id = running
            data[_KEY] = _Preparation(settings, process_id, plan, list(sys.argv))
        return data

    return get_preparation_data
