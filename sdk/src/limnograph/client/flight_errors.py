"""
Errors of Flight calls as query errors: from the trailers if the service sent any, else the text.

pyarrow has no class for most of gRPC's codes and puts its own words round the service's; so the
service repeats what it has to say in trailers, which only a middleware can read. A call that is
refused before it begins has none, but its error has the service's code beside the text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from threading import local
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from pyarrow import flight

from limnograph.client.errors import QueryError, error_of, one_line
from limnograph.client.tls import UNTRUSTED

FAILURES = (pa.ArrowException, KeyError, ValueError, NotImplementedError, OSError)
"""What pyarrow raises for a call that failed."""

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (flight.FlightUnavailableError, "unavailable"),
    (flight.FlightTimedOutError, "timed_out"),
    (flight.FlightCancelledError, "cancelled"),
    (flight.FlightUnauthenticatedError, "unauthenticated"),
    (flight.FlightUnauthorizedError, "permission_denied"),
    (flight.FlightInternalError, "internal"),
    (pa.ArrowInvalid, "bad_request"),
    (pa.ArrowKeyError, "not_found"),
    (pa.ArrowNotImplementedError, "unsupported"),
)
_UNKNOWN = ("dns", "resolution", "errors resolving", "lookup failed")
_DETAIL = re.compile(r"\. Detail: [A-Z][a-z]+\s*$")
"""What pyarrow appends to the text of an error: its class, which the code says as well."""
_TLS = ("ssl", "certificate", "handshake", "tls")


class Trailers(flight.ClientMiddlewareFactory):  # type: ignore[misc]
    """Keeps what the service said last in the headers and trailers of a call of this thread."""

    def __init__(self) -> None:
        super().__init__()
        self._local = local()

    def start_call(self, info: flight.CallInfo) -> "_Call":  # noqa: ARG002 - pyarrow's signature
        """Forget what the call before said."""
        self._local.said = {}
        return _Call(self._local.said)

    @property
    def said(self) -> Mapping[str, str]:
        """The ``limno-*`` headers of this thread's last call."""
        found: dict[str, str] = getattr(self._local, "said", {})
        return found

    def restore(self, said: dict[str, str]) -> None:
        """Go back to what an earlier call said: one in between does not count."""
        self._local.said = said


class _Call(flight.ClientMiddleware):  # type: ignore[misc]
    def __init__(self, said: dict[str, str]) -> None:
        super().__init__()
        self._said = said

    def received_headers(self, headers: Mapping[str, Sequence[str | bytes]]) -> None:
        """Called for headers, and again for trailers."""
        for name, values in headers.items():
            if name.lower().startswith("limno-") and values:
                value = values[-1]
                self._said[name.lower()] = value if isinstance(value, str) else value.decode()


def translated(exc: BaseException, uri: str, said: Mapping[str, str]) -> QueryError:
    """Return the error that *exc* of a call to *uri* stands for."""
    code = next((name for kind, name in _CODES if isinstance(exc, kind)), "query_failed")
    text = _server_text(str(exc))
    transient = code == "unavailable"
    fields: dict[str, Any] = {"transient": transient}
    if said.get("limno-code"):
        code = said["limno-code"]
        fields["line"], fields["column"] = _number(said, "line"), _number(said, "column")
        fields["hint"] = unquote(said.get("limno-hint", "")) or None
        fields["query_id"] = said.get("limno-query-id") or None
        text = unquote(said.get("limno-message", "")) or _bare(text, fields)
    elif told := _told_beside(exc):
        code = told
    elif transient:
        text, fields["transient"] = _of_connection(text, uri)
    return error_of(code, text, **fields)


def _told_beside(exc: BaseException) -> str:
    """Return the service's code if the error brings it; what gRPC itself finds brings none."""
    try:
        return str(json.loads(getattr(exc, "extra_info", b""))["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _of_connection(text: str, uri: str) -> tuple[str, bool]:
    """Return what went wrong on the way to the service, and whether it may pass."""
    low = text.lower()
    if any(word in low for word in _TLS):
        if "certificate" in low:
            return f"cannot reach the query service at {uri}: {text}; {UNTRUSTED}", False
        other = "grpc://" if uri.startswith("grpc+tls") else "grpc+tls://"
        return f"cannot reach the query service at {uri}: {text}; should it be {other}?", False
    if any(word in low for word in _UNKNOWN):
        return f"cannot reach the query service at {uri}: its host name is not known", False
    if "connection refused" in low:
        why = "nobody listens there (connection refused); is it running?"
        return f"cannot reach the query service at {uri}: {why}", True
    if "failed to connect" in low and not uri.startswith("grpc+tls"):
        text += "; should it be grpc+tls://?"
    return f"cannot reach the query service at {uri}: {text}", True


def _number(said: Mapping[str, str], name: str) -> int | None:
    text = said.get(f"limno-{name}", "")
    return int(text) if text.isdecimal() else None


def _bare(text: str, fields: Mapping[str, Any]) -> str:
    """Return the text without what its fields say as well."""
    text = text.removesuffix(f" (query_id={fields['query_id']})")
    if fields["hint"]:
        text = text.removesuffix(f"; {fields['hint']}")
    return text.removesuffix(f" (at line {fields['line']}, column {fields['column']})")


def _server_text(text: str) -> str:
    """Return the server's own words, without what gRPC and Arrow put round them."""
    for mark in (". gRPC client debug context:", ". Client context:"):
        text = text.split(mark, 1)[0]
    head, found, tail = text.partition(" with message: ")
    if found and head.startswith("Flight returned"):
        text = tail
    return one_line(_DETAIL.sub("", text))
