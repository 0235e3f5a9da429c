"""One look at every request from outside: its metrics and its line in the access log."""

import json
import logging
import time
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.http_gate import principal_of
from ingest_api.metrics import Metrics

access_logger = logging.getLogger("ingest_api.access")

Facts = Mapping[str, object]

QUIET_ROUTES = frozenset({"/health", "/ready", "/metrics"})
"""Asked every few seconds by machines; logged only when they fail."""

CLIENT_GONE_STATUS = 499
"""Logged for a request whose sender went away before the answer."""

_NOTES = "limnograph.notes"


def note(scope: MutableMapping[str, Any], **facts: object) -> None:
    """Add facts to the access log line of the request that *scope* belongs to."""
    scope.setdefault(_NOTES, {}).update(facts)


class Observation:
    """ASGI middleware; sees the route that was chosen and the status that was sent."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = CLIENT_GONE_STATUS

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        except Exception:
            status = 500  # the answer is sent further out
            raise
        finally:
            seconds = time.perf_counter() - begin
            route = getattr(scope.get("route"), "path", "other")
            self._metrics.request_answered(route, status, seconds)
            if not (route in QUIET_ROUTES and status < 400):
                client, notes = scope.get("client"), scope.get(_NOTES, {})
                caller = principal_of(scope)
                if caller.is_known:
                    notes = {"caller": caller.name or caller.subject, **notes}
                sent = scope["method"], scope["path"]
                log_request(client[0] if client else None, sent, status, seconds, notes)


def log_request(
    client: str | None, sent: tuple[str, str], status: int | str, seconds: float, facts: Facts
) -> None:
    """Write a request's line into the access log; *sent* is its method and path."""
    if not access_logger.isEnabledFor(logging.INFO):
        return
    line: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "client": client,
        "method": sent[0],
        "path": sent[1],
        "status": status,
        "ms": round(seconds * 1_000, 3),
    }
    access_logger.info(json.dumps(line | dict(facts), default=str))
