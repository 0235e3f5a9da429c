"""
Limnograph for applications and analysts: record logs, metrics and spans; ask SQL.

    import limnograph
    from limnograph import log, metric, span

    limnograph.init(service="shop")
    LATENCY = metric("checkout.latency", "ms")
    CHECKOUT = span("checkout")

    with CHECKOUT(order_id=7):
        log.info("order of %d items", 3, customer="c-12")
        LATENCY.record(12.5)

    lake = limnograph.connect()
    frame = lake.query("SELECT time, msg FROM log_entries", begin="1h").pandas()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from limnograph.limits import Limits
from limnograph.recorder import LOG as log  # noqa: N811 - used like a module
from limnograph.recorder import counter, gauge, metric, record_span, span

if TYPE_CHECKING:
    from limnograph.api import flush, init, process_id, send_image, set_level, shutdown, stats
    from limnograph.client import QueryError, connect, connect_async
    from limnograph.integrations.logging import LoggingHandler
    from limnograph.trace_span import trace
    from limnograph.tracing import trace_modules

__all__ = [
    "Limits",
    "LoggingHandler",
    "QueryError",
    "connect",
    "connect_async",
    "counter",
    "flush",
    "gauge",
    "init",
    "log",
    "metric",
    "process_id",
    "record_span",
    "send_image",
    "set_level",
    "shutdown",
    "span",
    "stats",
    "trace",
    "trace_modules",
]

_LATE = {
    "LoggingHandler": "limnograph.integrations.logging",
    "QueryError": "limnograph.client",
    "connect": "limnograph.client",
    "connect_async": "limnograph.client",
    "flush": "limnograph.api",
    "init": "limnograph.api",
    "process_id": "limnograph.api",
    "send_image": "limnograph.api",
    "set_level": "limnograph.api",
    "shutdown": "limnograph.api",
    "stats": "limnograph.api",
    "trace": "limnograph.trace_span",
    "trace_modules": "limnograph.tracing",
}
"""Names whose modules import more than recording needs: loaded when first used."""

_LATE_MODULES = ("client", "dbapi", "system_metrics", "testing", "integrations", "propagation")
"""Modules that are there without being imported by name; some need their extras."""


def __getattr__(name: str) -> Any:
    if name in _LATE_MODULES:
        return import_module(f"limnograph.{name}")
    module = _LATE.get(name)
    if module is None:
        raise AttributeError(f"module 'limnograph' has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value
