"""
What ``init`` was told: its arguments, then the environment, then the defaults.

Rule: a mistake is said and the default taken; only what cannot be started without raises.
"""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from limnograph.facts.given import properties_given, service_given
from limnograph.limits import FLUSH_INTERVAL_S_MAX, FLUSH_INTERVAL_S_MIN, WAIT_S_MAX, Limits
from limnograph.notices import say
from limnograph.recorder.levels import INFO, LEVELS
from limnograph.recorder.texts import text_of

INGEST_URI = "http://127.0.0.1:9480"
"""Where events go unless ``init`` or LIMNO_INGEST_URI say otherwise."""

NO_STATE = "none"
"""Value of LIMNO_STATE_DIR that switches the keeping of requests for a crash off."""

_OFF = frozenset({"0", "false", "no", "off"})


class Settings(NamedTuple):
    """
    One session's configuration, checked.

    Attributes:
        state_dir: Where requests stand until they are acknowledged, for the case of a crash;
            ``none`` for nowhere, empty for the place found by ``places``.
        spool_dir: Where requests go while the receiver is away; empty for nowhere.
        last_words: Whether exceptions that nobody handles are logged.
        on_sigterm: Whether SIGTERM is handled where the application does not.
        system_metrics: Whether metrics of the process itself are recorded.
        trace_requests: Whether the integrations make trace spans, not profile spans.
    """

    service: str
    endpoint: str
    properties: Mapping[str, str]
    level: int
    flush_interval_s: float
    api_key: str | None
    limits: Limits
    state_dir: str
    spool_dir: str
    last_words: bool
    on_sigterm: bool
    system_metrics: bool
    trace_requests: bool


def checked(
    environ: Mapping[str, str],
    *,
    service: object,
    endpoint: object,
    properties: object,
    level: object,
    flush_interval_s: object,
    api_key: object,
    limits: object,
    state_dir: object,
    spool_dir: object,
    last_words: object,
    on_sigterm: object,
    system_metrics: object,
    trace_requests: object = None,
) -> Settings:
    """Return the settings for the arguments of ``init``; ``environ`` fills in those not given."""
    return Settings(
        service=text_of(service or service_given(environ) or _script()),
        endpoint=text_of(endpoint or environ.get("LIMNO_INGEST_URI") or INGEST_URI),
        properties={**properties_given(environ, say), **_properties(properties)},
        level=_level(level or environ.get("LIMNO_LEVEL")),
        flush_interval_s=_interval_s(flush_interval_s),
        api_key=text_of(api_key) if api_key else environ.get("LIMNO_API_KEY"),
        limits=_limits(limits),
        state_dir=text_of(state_dir or environ.get("LIMNO_STATE_DIR") or ""),
        spool_dir=text_of(spool_dir or environ.get("LIMNO_SPOOL_DIR") or ""),
        last_words=_switched_on(last_words, environ, "LIMNO_LAST_WORDS"),
        on_sigterm=_switched_on(on_sigterm, environ, "LIMNO_ON_SIGTERM"),
        system_metrics=_switched_on(system_metrics, environ, "LIMNO_SYSTEM_METRICS"),
        trace_requests=_switched_on(trace_requests, environ, "LIMNO_TRACE_REQUESTS"),
    )


def _switched_on(given: object, environ: Mapping[str, str], variable: str) -> bool:
    if given is None:
        return environ.get(variable, "").strip().lower() not in _OFF
    return bool(given)


def _properties(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        say(f"properties is no mapping but a {type(given).__name__}; leaving it out")
        return {}
    return {text_of(key): text_of(value) for key, value in given.items()}


def known_level(given: object) -> int | None:
    """Return the number of the level of that name; without one it is said, and None."""
    name = text_of(given).lower()
    if name not in LEVELS:
        say(f"unknown level {name!r}; one of {', '.join(LEVELS)}")
    return LEVELS.get(name)


def seconds(given: object) -> float:
    """Return a time to wait as given; what is no number is said and waits for no time at all."""
    if isinstance(given, int | float):
        return float(max(0.0, min(given, WAIT_S_MAX)))  # NaN: 0
    say(f"timeout_s is {text_of(given)}, which is no number of seconds; not waiting")
    return 0.0


def _level(given: object) -> int:
    return known_level(given or "info") or INFO


def _interval_s(given: object) -> float:
    if isinstance(given, int | float) and 0 <= given <= FLUSH_INTERVAL_S_MAX:
        return max(FLUSH_INTERVAL_S_MIN, float(given))
    say(f"flush_interval_s is not in 0..{FLUSH_INTERVAL_S_MAX} but {text_of(given)}; taking 1.0")
    return 1.0


def _limits(given: object) -> Limits:
    if isinstance(given, Limits):
        return given
    if given is not None:
        say(f"limits is no limnograph.Limits but a {type(given).__name__}; taking the defaults")
    return Limits()


def _script() -> str:
    name = os.path.basename(sys.argv[0]) if getattr(sys, "argv", None) else ""  # noqa: PTH119 - pathlib is slow to import
    return name.removesuffix(".py") if name not in {"", "-c", "-m"} else "python"
