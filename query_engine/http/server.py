"""
How the HTTP door is served.

Decided: h11, because it bounds the size of request headers; the faster parser has no such bound.
"""

import logging
import ssl

import uvicorn
from fastapi import FastAPI

from query_engine.http.protocol import bounded_protocol
from query_engine.limits import HTTP_HEADER_BYTES_MAX
from query_engine.settings import QuerySettings


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what the server says of answers that were cut off: the query's own line has why."""
    return record.msg != "ASGI callable returned without completing response."


def http_server(
    app: FastAPI, settings: QuerySettings, tls: ssl.SSLContext | None = None
) -> uvicorn.Server:
    """Return a server for *app* that logs nothing of its own and does not say what it is."""
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    protocol = bounded_protocol(settings.http_connections_max, settings.query_seconds_max)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=protocol,
            h11_max_incomplete_event_size=HTTP_HEADER_BYTES_MAX,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            proxy_headers=bool(settings.http_trusted_proxies),
            forwarded_allow_ips=settings.http_trusted_proxies,
            timeout_graceful_shutdown=1,
            ssl_context_factory=(lambda config, default: tls) if tls else None,  # noqa: ARG005
        )
    )
