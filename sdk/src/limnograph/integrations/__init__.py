"""
Other libraries' doors into the lake: one optional file for each, imported only by who uses it.

* Logs: ``logging`` (a handler), ``structlog`` (a processor), ``loguru`` (a sink).
* Servers: ``asgi`` (FastAPI, Starlette and every other ASGI application), ``wsgi``.
* Clients: ``requests``, ``httpx``, ``psycopg``, ``sqlalchemy``.
* ``opentelemetry``: whatever OpenTelemetry's instrumentations record.
* ``event_loop``: how late asyncio runs what is due.
* ``automatic``: all of them that need no line of code, for what a program imports.

Rule: an integration imports the library it serves and nothing else from outside; it never lets an
error of its own reach the application; while the SDK does not record it only asks whether it does.
``instrument()`` may be called again at any time, and ``uninstrument()`` leaves everything as it
was before. Names of properties are those of OpenTelemetry's semantic conventions.
"""

from importlib import import_module
from types import ModuleType

_MODULES = frozenset(
    {
        "asgi", "automatic", "event_loop", "httpx", "logging", "loguru", "opentelemetry",
        "psycopg", "requests", "sqlalchemy", "structlog", "wsgi",
    }
)  # fmt: skip


def __getattr__(name: str) -> ModuleType:
    """Import an integration when it is named: ``limnograph.integrations.httpx.instrument()``."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
