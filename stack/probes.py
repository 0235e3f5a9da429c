"""Asking parts whether they are ready: short questions over loopback that never raise."""

import http.client
import json
import socket
import urllib.error
import urllib.request

import psycopg

from stack.limits import PROBE_TIMEOUT_S

_DAEMON_HEALTH = (
    "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"
)


def http_status(url: str) -> str:
    """Return ``"ready"`` when *url* answers 2xx, else what stood in the way, for people."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
            answer.read(65536)
            return "ready"
    except urllib.error.HTTPError as exc:
        text = exc.read(2000).decode(errors="replace").strip()
        return f"HTTP {exc.code} {text}".strip()
    except (OSError, http.client.HTTPException) as exc:
        return f"no answer ({getattr(exc, 'reason', exc)})"


def tcp_status(host: str, port: int) -> str:
    """Return ``"ready"`` when something accepts connections on *port*."""
    try:
        socket.create_connection((host, port), timeout=PROBE_TIMEOUT_S).close()
    except OSError as exc:
        return f"no answer ({exc.strerror or exc})"
    return "ready"


def postgres_status(url: str) -> str:
    """Return ``"ready"`` when a login and a trivial query work."""
    try:
        with psycopg.connect(url, connect_timeout=int(PROBE_TIMEOUT_S)) as conn:
            conn.execute("SELECT 1")
    except psycopg.Error as exc:
        return f"no answer ({str(exc).strip().splitlines()[-1]})"
    return "ready"


def dagster_daemon_status(webserver_url: str) -> str:
    """Return ``"ready"`` when every daemon that the instance requires reports itself healthy."""
    request = urllib.request.Request(  # noqa: S310 - our own webserver
        f"{webserver_url}/graphql",
        data=json.dumps({"query": _DAEMON_HEALTH}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
            health = json.load(answer)["data"]["instance"]["daemonHealth"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as exc:
        return f"the webserver gave no answer about it ({exc})"
    unhealthy = [
        status["daemonType"].lower()
        for status in health["allDaemonStatuses"]
        if status["required"] and not status["healthy"]
    ]
    return "ready" if not unhealthy else f"no heartbeat of {', '.join(unhealthy)}"
