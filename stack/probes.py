"""Asking parts whether they are ready: short questions over loopback that never raise."""

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from typing import Any

import psycopg

from stack.addresses import Addresses, reachable
from stack.limits import PROBE_TIMEOUT_S

_NO_ANSWER = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError)
_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError
    { __typename ... on PythonError { message } } } } } }"""
_DAEMON_HEALTH = (
    "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"
)


def http_status(url: str) -> str:
    """Return ``"ready"`` when *url* answers 2xx, else what stood in the way, for people."""
    try:
        with urllib.request.urlopen(  # noqa: S310
            url, timeout=PROBE_TIMEOUT_S, context=_any_certificate()
        ) as answer:
            answer.read(65536)
            return "ready"
    except urllib.error.HTTPError as exc:
        text = exc.read(2000).decode(errors="replace").strip()
        return f"HTTP {exc.code} {text}".strip()
    except (OSError, http.client.HTTPException) as exc:
        return f"no answer ({getattr(exc, 'reason', exc)})"


def query_status(addresses: Addresses) -> str:
    """Return how the query service is; one that wants certificates is asked for a connection."""
    if addresses.query_client_certificates:
        return tcp_status(reachable(addresses.query_host), addresses.query_http_port)
    return http_status(f"{addresses.query_url}/ready")


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
        return f"no answer ({str(exc).strip().splitlines()[0]})"
    return "ready"


def dagster_daemon_status(webserver_url: str) -> str:
    """Return ``"ready"`` when every daemon that the instance requires reports itself healthy."""
    try:
        health = _graphql(webserver_url, _DAEMON_HEALTH)["instance"]["daemonHealth"]
        unhealthy = [
            status["daemonType"].lower()
            for status in health["allDaemonStatuses"]
            if status["required"] and not status["healthy"]
        ]
    except _NO_ANSWER as exc:
        return f"the webserver does not know ({exc})"
    return "ready" if not unhealthy else f"no heartbeat of {', '.join(unhealthy)}"


def dagster_code_status(webserver_url: str) -> str:
    """Return ``"ready"`` when the webserver has loaded every code location."""
    try:
        entries = _graphql(webserver_url, _LOCATIONS)["workspaceOrError"]["locationEntries"]
        failed = [
            f"{entry['name']}: {(entry['locationOrLoadError'] or {}).get('message', 'loading')}"
            for entry in entries
            if (entry["locationOrLoadError"] or {}).get("__typename") != "RepositoryLocation"
        ]
    except _NO_ANSWER as exc:
        return f"the webserver does not know ({exc})"
    return "ready" if entries and not failed else "; ".join(failed) or "no code location"


def _any_certificate() -> ssl.SSLContext:
    """Trust whatever is presented: nothing secret is asked, and the address need not be in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _graphql(webserver_url: str, query: str) -> Any:
    request = urllib.request.Request(  # noqa: S310 - our own webserver
        f"{webserver_url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
        return json.load(answer)["data"]
