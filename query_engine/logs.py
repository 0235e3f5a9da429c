"""
Logging of the service process, with tracebacks although they are off for everything else.

The process runs with ``sys.tracebacklimit = 0`` so that pyarrow cannot send a traceback to a
client; this formatter asks for them explicitly.
"""

import logging
import traceback
from types import TracebackType

from query_engine import audit

_FRAMES_MAX = 100

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class TracebackFormatter(logging.Formatter):
    """Formats exceptions whatever ``sys.tracebacklimit`` says."""

    def formatException(self, ei: ExceptionInfo | tuple[None, None, None]) -> str:  # noqa: N802
        """Return the whole traceback."""
        kind, error, trace = ei
        return "".join(traceback.format_exception(kind, error, trace, limit=_FRAMES_MAX)).rstrip()


def configure_logging() -> None:
    """Log to stderr, one line per query, warnings of libraries."""
    handler = logging.StreamHandler()
    handler.setFormatter(TracebackFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("query_engine").setLevel(logging.INFO)
    # Audit records are for telemetry; the log has a line for each query already.
    logging.getLogger(audit.TARGET).setLevel(logging.INFO)
    logging.getLogger(audit.TARGET).propagate = False
