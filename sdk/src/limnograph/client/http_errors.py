"""Errors of HTTP calls as query errors: what the service says, or why nothing came from it."""

import email.utils
import http.client
import json
import socket
import ssl
import time
from typing import Any

from limnograph.client.errors import QueryError, Unreachable, error_of, one_line
from limnograph.client.tls import UNTRUSTED

_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "permission_denied",
    404: "not_found",
    408: "timed_out",
    413: "limit_exceeded",
    503: "unavailable",
    504: "timed_out",
}
_TRANSIENT = (502, 503)


def refusal(status: int, body: bytes, retry_after: str | None) -> QueryError:
    """Return the error that an answer stands for."""
    code, text = _CODES.get(status, "internal"), f"HTTP {status}"
    fields: dict[str, Any] = {"transient": status in _TRANSIENT}
    fields["retry_after_s"] = _seconds(retry_after)
    found = _told(body)
    if found is None:
        return error_of(code, one_line(f"{text} {body.decode('utf-8', 'replace')}"), **fields)
    code, text = str(found.get("code") or code), str(found.get("message") or text)
    return error_of(code, one_line(text), **fields, **_place(found))


def told(end: bytes) -> QueryError | None:
    """Return the error that stands at the *end* of a stream that failed; None if there is none."""
    at = end.rfind(b'{"error"')
    found = _told(end[at:]) if at >= 0 else None
    if found is None:
        return None
    code, text = str(found.get("code") or "internal"), str(found.get("message") or "")
    return error_of(code, one_line(text), **_place(found))


def not_reached(exc: Exception, uri: str) -> QueryError:
    """Return why no answer came, and what to do."""
    text, transient = _reason(exc, uri)
    said = f"cannot reach the query service at {uri}: {text}"
    return Unreachable("unavailable", said, transient=transient)


def _reason(exc: Exception, uri: str) -> tuple[str, bool]:
    """Return what went wrong on the way to the service, and whether it may pass."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({exc.verify_message}); {UNTRUSTED}", False
    if isinstance(exc, ssl.SSLError):
        return f"{exc.reason or exc}; should it be http://?", False
    if isinstance(exc, socket.gaierror):
        return f"its host name is not known ({exc.strerror})", False
    if isinstance(exc, ConnectionRefusedError):
        return "nobody listens there (connection refused); is it running?", True
    if isinstance(exc, TimeoutError):
        return "it does not answer", True
    if isinstance(exc, http.client.BadStatusLine) and not isinstance(
        exc, http.client.RemoteDisconnected
    ):
        return "what answers there does not speak HTTP; should it be grpc://?", False
    other = "; should it be https://?" if uri.startswith("http:") else ""
    return f"{one_line(str(exc))}{other}", isinstance(exc, OSError)


def _told(body: bytes) -> dict[str, Any] | None:
    """Return the fields of an error as JSON, None if this is none."""
    try:
        found = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _place(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in ("line", "column", "hint", "query_id")}


def _seconds(retry_after: str | None) -> float | None:
    """Return what a Retry-After header asks for: seconds, or a date."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
