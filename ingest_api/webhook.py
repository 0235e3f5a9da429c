"""
``POST /ingestion/webhook``: whatever another system posts, as one log record.

Rule: a delivery is known by its body and all its headers, so a retry that is the same changes
nothing, while equal bodies of two deliveries that are numbered in a header stay two.
"""

from fastapi import APIRouter, Request, Response

from assets.errors import LakeError
from auth.http_gate import principal_of
from ingest_api.body import read_body
from ingest_api.errors import MalformedBody, OverLimit, text_response
from ingest_api.limits import WEBHOOK_HELD_TIMES
from ingest_api.observation import note
from ingest_api.otlp import write
from ingest_api.otlp.split import Split, split
from ingest_api.receiver import Receiver
from ingest_api.storing import beside, store

PATH = "/ingestion/webhook"
SEVERITY_INFO = 9

_RESOURCE = {
    "x-micromegas-service-name": "service.name",
    "x-micromegas-service-namespace": "service.namespace",
}
_TARGET = "x-micromegas-target"

_DOC = {
    "requestBody": {
        "required": True,
        "description": "Anything but nothing; it becomes the text of one row of `log_entries`.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}
        for name in (*_RESOURCE, _TARGET)
    ],
}

_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "Stored."},
    400: {"description": "Text: the body is empty, or not what its Content-Encoding says."},
    413: {"description": "Text: over a named limit."},
    415: {"description": "Text: another content encoding is needed."},
    503: {"description": "Text: busy, or a store does not answer. Send it again after a while."},
}


def webhook_routes(receiver: Receiver) -> APIRouter:
    """Return the route of webhooks."""
    router = APIRouter(tags=["ingest"])

    @router.post(PATH, summary="Store a webhook", responses=_ANSWERS, openapi_extra=_DOC)
    async def post_webhook(request: Request) -> Response:
        """
        Answers 200 when the body is durable and visible to queries, as a row of `log_entries`.

        `X-Micromegas-Service-Name` and `-Service-Namespace` say who sends it, `X-Micromegas-Target`
        is the row's `target`. No Content-Type is asked for.
        """
        try:
            await _store(receiver, request)
        except LakeError as exc:
            note(request.scope, error=exc.code, message=str(exc))
            return text_response(exc)
        return Response()

    return router


async def _store(receiver: Receiver, request: Request) -> None:
    headers: list[tuple[bytes, bytes]] = request.scope["headers"]
    with receiver.in_flight.reservation() as reservation:
        body, received = await read_body(request, receiver.settings, reservation)
        if not body:
            raise MalformedBody("empty body")
        reservation.expect(len(body), WEBHOOK_HELD_TIMES)
        bytes_max = receiver.settings.payload_bytes_max
        found = await beside(_parsed, headers, body, bytes_max, size=len(body))
        if found.refused:
            raise OverLimit("payload_bytes_max", bytes_max, "send a shorter body")
        outcomes = await store(receiver, found.submissions, received, principal_of(request.scope))
    note(
        request.scope,
        accepted=sum(outcome.accepted for outcome in outcomes),
        duplicates=sum(outcome.duplicates for outcome in outcomes),
    )


def _parsed(headers: list[tuple[bytes, bytes]], body: bytes, bytes_max: int) -> Split:
    return split("logs", as_otlp(headers, body), bytes_max, extra=told_by(headers))


def as_otlp(headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Return an ExportLogsServiceRequest of one record that is as old as its arrival."""
    known = {
        attribute: value
        for header, attribute in _RESOURCE.items()
        if (value := _header(headers, header)) is not None
    }
    scope = write.with_length(1, write.text(1, _header(headers, _TARGET) or ""))
    message = write.string_value(body.decode("utf-8", "replace"))
    record = write.number(2, SEVERITY_INFO) + write.with_length(5, message)
    scope_logs = scope + write.with_length(2, record)
    return write.with_length(1, write.resource(known) + write.with_length(2, scope_logs))


def told_by(headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return what the headers add to the id of a delivery, whatever their order and case."""
    lowered = sorted((name.lower(), value) for name, value in headers)
    return b"".join(name + b"\0" + value + b"\0" for name, value in lowered)


def _header(headers: list[tuple[bytes, bytes]], name: str) -> str | None:
    """Return the first header of this name; one that is not plain ASCII is as good as absent."""
    for found, value in headers:
        if found.decode("latin-1").lower() == name:
            plain = all(0x20 <= byte < 0x7F or byte == 0x09 for byte in value)
            return value.decode() if plain else None
    return None
