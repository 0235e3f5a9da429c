"""
The service's own log and audit records as telemetry: sent with the SDK, like any application's.

Losing the receiver costs a query nothing: the SDK buffers within its bounds and drops what is over.
"""

import logging

import limnograph
from query_engine import audit
from query_engine.limits import TELEMETRY_END_SECONDS_MAX

SERVICE = "limnograph-query"

ALSO = ("query_engine", audit.TARGET)
"""Loggers whose entries are sent; what libraries log stays on this machine."""


def send_telemetry(endpoint: str) -> None:
    """Begin to send to the receiver at *endpoint*; ends with ``end_telemetry``."""
    limnograph.init(SERVICE, endpoint)
    handler = limnograph.LoggingHandler()
    for name in ALSO:
        logging.getLogger(name).addHandler(handler)


def end_telemetry() -> None:
    """Send what there is; does not wait long, as the receiver may be stopping at the same time."""
    limnograph.shutdown(TELEMETRY_END_SECONDS_MAX)
