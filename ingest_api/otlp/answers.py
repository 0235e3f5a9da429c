"""
What an exporter is told, in the encoding in which it asked.

Rule: an error is a google.rpc.Status. Clients send again after 429, 502, 503 and 504 only, so
nothing else may be said where sending again would help.
"""

from starlette.responses import JSONResponse, Response

from assets.errors import LakeError
from ingest_api.limits import RETRY_AFTER_S
from ingest_api.otlp.write import varint

PROTOBUF, JSON = "application/x-protobuf", "application/json"

INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 3, 8, 12, 13, 14
PERMISSION_DENIED, UNAUTHENTICATED = 7, 16
_CODES = {400: INVALID_ARGUMENT, 401: UNAUTHENTICATED, 403: PERMISSION_DENIED,
          404: UNIMPLEMENTED, 413: RESOURCE_EXHAUSTED, 415: INVALID_ARGUMENT,
          429: RESOURCE_EXHAUSTED, 503: UNAVAILABLE}  # fmt: skip

FAULT = "a fault of the receiver; its log says more: send this again"
"""Told as 503: after 500 clients would not send again, and what they sent would be lost."""

_REFUSED = {
    "logs": "rejectedLogRecords",
    "metrics": "rejectedDataPoints",
    "traces": "rejectedSpans",
}


def accepted(signal: str, encoding: str, refused: int, reason: str) -> Response:
    """Return the answer to a request that was stored, but for *refused* records."""
    if encoding == JSON:
        partial = {_REFUSED[signal]: str(refused), "errorMessage": reason}
        return JSONResponse({"partialSuccess": partial} if refused else {})
    return Response(response_message(refused, reason), media_type=PROTOBUF)


def response_message(refused: int, reason: str) -> bytes:
    """Return the Export*ServiceResponse of any signal: empty, or with a partial success."""
    if not refused:
        return b""
    message = reason.encode()
    partial_success = b"\x08" + varint(refused) + b"\x12" + varint(len(message)) + message
    return b"\x0a" + varint(len(partial_success)) + partial_success


def failed(error: LakeError, encoding: str) -> Response:
    """Return the answer for an error of ours."""
    return status(error.http_status, str(error), encoding)


def status(http_status: int, message: str, encoding: str) -> Response:
    """Return a Status."""
    code = _CODES.get(http_status, INTERNAL)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if http_status in {429, 503} else None
    if encoding == JSON:
        return JSONResponse({"code": code, "message": message}, http_status, headers)
    return Response(status_message(code, message), http_status, headers, media_type=PROTOBUF)


def status_message(code: int, message: str) -> bytes:
    """Return a google.rpc.Status without details."""
    text = message.encode()
    return b"\x08" + varint(code) + b"\x12" + varint(len(text)) + text
