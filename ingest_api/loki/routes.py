"""``POST /loki/api/v1/push``: what Promtail, Alloy and libraries of many languages send."""

from fastapi import APIRouter, Request, Response

from assets.errors import CallerError, LakeError
from auth.http_gate import principal_of
from ingest_api import snappy
from ingest_api.body import SNAPPY, read_body
from ingest_api.errors import UnsupportedBody, text_response
from ingest_api.limits import LOKI_HELD_TIMES
from ingest_api.loki import from_json, from_protobuf
from ingest_api.loki.as_otlp import request_of
from ingest_api.loki.push import Refused
from ingest_api.observation import note
from ingest_api.otlp.split import Split, split
from ingest_api.receiver import Receiver
from ingest_api.settings import IngestSettings
from ingest_api.storing import beside, store

PATH = "/loki/api/v1/push"
PROTOBUF, JSON = "application/x-protobuf", "application/json"

_DOC = {
    "requestBody": {
        "required": True,
        "description": "A PushRequest of Loki: protobuf as a snappy block, or JSON, which may have"
        " a `Content-Encoding` of `gzip`, `zstd`, `deflate` or `snappy`.",
        "content": {
            PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
            JSON: {"schema": {"type": "object"}},
        },
    }
}

_ANSWERS: dict[int | str, dict[str, object]] = {
    204: {"description": "Stored."},
    400: {"description": "Text: what is wrong. Streams and lines that it does not name are stored,"
                         " if the body as a whole could be read."},
    413: {"description": "Text: over a named limit. Push smaller batches."},
    415: {"description": "Text: another content type or encoding is needed."},
    503: {"description": "Text: busy, or a store does not answer. Push it again unchanged."},
}  # fmt: skip


class RefusedInPart(CallerError):
    """Streams or lines that cannot be stored, of a push whose others are stored."""

    code = "refused_in_part"


def loki_routes(receiver: Receiver) -> APIRouter:
    """Return the route of Loki's clients."""
    router = APIRouter(tags=["ingest"])

    @router.post(
        PATH,
        summary="Store what a client of Loki pushes",
        status_code=204,
        responses=_ANSWERS,
        openapi_extra=_DOC,
    )
    async def post_push(request: Request) -> Response:
        """
        Answers 204 when everything is durable and visible to queries; pushing again is harmless.

        400 tells what could not be stored; if the body as a whole could be read, all the rest is.
        """
        try:
            refused = await _store(receiver, request)
            if refused.reason:
                raise RefusedInPart(refused.message())
        except LakeError as exc:
            note(request.scope, error=exc.code, message=str(exc))
            return text_response(exc)
        return Response(status_code=204)

    return router


async def _store(receiver: Receiver, request: Request) -> Refused:
    """Read a push, and return when what can be stored of it is durable."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in {"", JSON, PROTOBUF}:
        raise UnsupportedBody(f"Content-Type {content_type!r} is neither {JSON} nor {PROTOBUF}")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    packed = content_type != JSON and encoding != SNAPPY
    with receiver.in_flight.reservation() as reservation:
        body, received = await read_body(request, receiver.settings, reservation)
        if packed:
            length = snappy.announced_length(body, receiver.settings.body_bytes_max)
            reservation.hold(len(body) + length)
            body = await beside(snappy.decompress, body, length, size=length)
        refused, size = Refused(), len(body) * LOKI_HELD_TIMES
        reservation.expect(len(body), LOKI_HELD_TIMES)
        found, size = await beside(
            _parsed, content_type == JSON, body, refused, receiver.settings, size=size
        )
        reservation.hold(len(body) + size)
        outcomes = await store(receiver, found.submissions, received, principal_of(request.scope))
    note(
        request.scope,
        accepted=sum(outcome.accepted for outcome in outcomes),
        duplicates=sum(outcome.duplicates for outcome in outcomes),
    )
    return refused


def _parsed(
    is_json: bool, body: bytes, refused: Refused, settings: IngestSettings
) -> tuple[Split, int]:
    """Return what a push asks to store, and of how many bytes."""
    read = from_json.streams_of if is_json else from_protobuf.streams_of
    told = request_of(
        read(body, refused), refused, settings.payload_bytes_max, settings.body_bytes_max
    )
    return split("logs", told, settings.payload_bytes_max), len(told)
