"""
The sockets that the receiver listens on, for HTTP and, until gRPC takes over its port, for gRPC.

Rule: a port that was set must be had, else the receiver does not start. OpenTelemetry's own ports
are listened on by default, and a machine may have another collector on them: then it goes without.
"""

import contextlib
import errno
import logging
import socket
from collections.abc import Sequence

from ingest_api.settings import IngestSettings

LOOPBACKS = ("127.0.0.1", "::1")
"""Clients that are told `localhost` try one of these first, and not all try the other then."""

_NO_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_TRIES = 20

logger = logging.getLogger(__name__)


def bind(host: str, port: int, variable: str) -> socket.socket:
    """
    Return a socket with its address, on which nobody listens yet.

    Raises:
        OSError: Somebody listens there, or nobody can; the text names the setting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as exc:
        bound.close()
        raise OSError(
            exc.errno,
            f"it cannot listen on {host}, port {port} ({exc.strerror}): change LIMNO_INGEST_HOST "
            f"or {variable}",
        ) from exc
    return bound


def bind_otlp(settings: IngestSettings, field: str) -> list[socket.socket]:
    """
    Return the sockets for one of OpenTelemetry's ports: ``otlp_port`` or ``grpc_port``.

    None where it is off; or where the default is taken, which is then told in the log.

    Raises:
        OSError: A port that was set cannot be had.
    """
    port: int | None = getattr(settings, field)
    if port is None or port == settings.port != 0:
        return []
    variable = settings.variable(field)
    try:
        return bind_all(settings.host, port, variable)
    except OSError as exc:
        if field in settings.model_fields_set or exc.errno != errno.EADDRINUSE:
            raise
        logger.warning(
            "port %d is taken by another program, and what is sent there does not come here: set "
            "%s to another port (0 picks a free one), or to off",
            port,
            variable,
        )
        return []


def bind_all(host: str, port: int, variable: str) -> list[socket.socket]:
    """
    Return sockets of one port for *host*; for the loopback address, in both families.

    Raises:
        OSError: As `bind` does.
    """
    for _ in range(_TRIES):
        with contextlib.ExitStack() as unless_all:
            first = unless_all.enter_context(bind(host, port, variable))
            chosen: int = first.getsockname()[1]
            bound = [first]
            try:
                bound += [
                    unless_all.enter_context(bind(other, chosen, variable))
                    for other in others(host)
                ]
            except OSError as exc:
                if port == 0 and exc.errno == errno.EADDRINUSE:
                    continue  # another number may be free in both families
                if exc.errno not in _NO_IPV6:
                    raise
            unless_all.pop_all()
            return bound
    raise OSError(errno.EADDRINUSE, f"no port is free on {host} in both families: set {variable}")


def others(host: str) -> Sequence[str]:
    """Return at which other addresses a client looks for *host*."""
    return LOOPBACKS[1:] if host == LOOPBACKS[0] else ()


def address_of(bound: socket.socket) -> str:
    """Return where a socket is, as it stands in a URL."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
