"""
``POST /api/v1/write``: remote write 1.0 and 2.0.

Rule: an answer of 2xx says that every sample, histogram and exemplar of the request is durable.
What can be kept of a request of which something cannot is kept, and the answer is 400 with counts:
senders do not send that again.
"""

import hashlib
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from assets.errors import LakeError
from assets.otlp_wire.wire import Malformed, Payload
from assets.prometheus_wire.request import Counts, RequestOverLimit
from assets.prometheus_wire.translate import Translated, metadata_at, translate
from assets.prometheus_wire.written import bytes_field
from auth.http_gate import principal_of
from ingest_api import snappy
from ingest_api.body import read_body
from ingest_api.errors import MalformedBody, OverLimit, UnsupportedBody, text_response
from ingest_api.in_flight import Reservation
from ingest_api.limits import REMOTE_WRITE_HELD_TIMES
from ingest_api.observation import note
from ingest_api.otlp.split import Split, split
from ingest_api.prometheus.families import Families
from ingest_api.receiver import Receiver
from ingest_api.storing import beside, store

PATHS = ("/api/v1/write", "/prometheus/api/v1/write", "/api/v1/push")
"""Where Prometheus, Cortex's heirs and proxies before them take it in."""

PROTOBUF = "application/x-protobuf"
FIRST, SECOND = "prometheus.WriteRequest", "io.prometheus.write.v2.Request"

_SERIES = {False: 1, True: 5}
"""The field of the series in either message, which the other one does not have."""

_WRITTEN = "X-Prometheus-Remote-Write-{}-Written"
_DOC = {
    "requestBody": {
        "required": True,
        "description": f"`{FIRST}` of version 1.0, or `{SECOND}` of 2.0 where the Content-Type says"
        " so by `;proto=`, compressed with snappy's block format.",
        "content": {PROTOBUF: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ANSWERS: dict[int | str, dict[str, object]] = {
    204: {"description": "Stored; headers say how many samples, histograms and exemplars."},
    400: {"description": "Text: something breaks a rule. What the headers count is stored."},
    413: {"description": "Text: over a named limit. Send less at once."},
    415: {"description": "Text: another message or encoding is needed."},
    503: {
        "description": "Text: busy, or a store does not answer. Send it again unchanged.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
    },
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A request, read: what it holds and what it asks to store."""

    translated: Translated
    split: Split


def prometheus_routes(receiver: Receiver) -> APIRouter:
    """Return the routes of remote write."""
    router = APIRouter(tags=["ingest"])
    families = Families()
    for path in PATHS:
        _add(router, receiver, families, path)
    return router


def _add(router: APIRouter, receiver: Receiver, families: Families, path: str) -> None:
    @router.post(
        path,
        summary="Store what a Prometheus has scraped",
        status_code=204,
        response_class=Response,
        responses=_ANSWERS,
        openapi_extra=_DOC,
    )
    async def post_write(request: Request) -> Response:
        """
        Answers 204 when everything is durable and visible to queries; sending again is harmless.
        """
        try:
            second = _is_second(request)
            with receiver.in_flight.reservation() as reservation:
                sent, received = await read_body(request, receiver.settings, reservation)
                body = await _decompressed(receiver, request, sent, reservation)
                reservation.expect(len(body), REMOTE_WRITE_HELD_TIMES)
                # What is small on the wire may be large when 2.0 is written out.
                size = len(body) * (REMOTE_WRITE_HELD_TIMES if second else 1)
                bytes_max = receiver.settings.payload_bytes_max
                read = await beside(_read, families, second, body, bytes_max, size=size)
                reservation.hold(len(body) + 2 * sum(map(len, read.translated.resources)))
                outcomes = await store(
                    receiver, read.split.submissions, received, principal_of(request.scope)
                )
        except LakeError as exc:
            note(request.scope, error=exc.code, message=str(exc))
            failed = text_response(exc)
            failed.headers.update(_headers(Counts()))
            return failed
        written, refused = read.translated.written, read.translated.refused
        note(
            request.scope,
            samples=written.samples,
            histograms=written.histograms,
            exemplars=written.exemplars,
            refused=refused.samples + refused.histograms + refused.exemplars,
            accepted=sum(outcome.accepted for outcome in outcomes),
            duplicates=sum(outcome.duplicates for outcome in outcomes),
        )
        if read.translated.fault:
            return PlainTextResponse(_refusal(read.translated), 400, _headers(written))
        return Response(status_code=204, headers=_headers(written))


async def _decompressed(
    receiver: Receiver, request: Request, sent: bytes, reservation: Reservation
) -> bytes:
    """Return the body; where no encoding is told it is snappy, as Prometheus itself takes it."""
    if "content-encoding" in request.headers:
        return sent
    length = snappy.announced_length(sent, receiver.settings.body_bytes_max)
    reservation.hold(len(sent) + length)
    return await beside(snappy.decompress, sent, length, size=length)


def _is_second(request: Request) -> bool:
    """Tell whether the request is of the protocol's second message."""
    sent = request.headers.get("content-type", "")
    media, *parameters = (part.strip() for part in sent.split(";"))
    named = dict(part.partition("=")[::2] for part in parameters)
    message = named.get("proto", FIRST).strip('"')
    if media.lower() != PROTOBUF or message not in {FIRST, SECOND}:
        raise UnsupportedBody(
            f"Content-Type {sent!r} is neither {PROTOBUF} nor that with proto={SECOND}"
        )
    return message == SECOND


def _read(families: Families, second: bool, body: bytes, bytes_max: int) -> _Read:
    """
    Read a request.

    Raises:
        MalformedBody: It breaks the wire format; names the byte.
        OverLimit: It is over a limit.
    """
    try:
        if not second:
            places = metadata_at(body)
            if places:
                families.learn(body, places)
        translated = translate(body, second, families.describe)
    except RequestOverLimit as exc:
        reason, _, limit = exc.args
        raise OverLimit(limit, int(reason.rsplit(" ", 1)[1]), "send smaller batches") from exc
    except Malformed as exc:
        reason, offset = exc.args
        raise MalformedBody(f"byte {offset} of the request: {reason}") from exc
    if translated.written == translated.refused == Counts():
        _check_message(body, second)
    export = b"".join(bytes_field(1, one) for one in translated.resources)
    delivery = b"prometheus\x1f" + hashlib.sha256(body).digest()
    found = split("metrics", export, bytes_max, delivery=delivery)
    if found.refused:
        raise OverLimit("payload_bytes_max", bytes_max, "send smaller batches")
    return _Read(translated, found)


def _check_message(body: bytes, second: bool) -> None:
    """
    Raise MalformedBody if a request that holds nothing has the series of the other message.

    To the message that it is said to be they are fields that nobody knows. Passed over and answered
    with 204, all of its samples would be lost, and nobody told.
    """
    other = _SERIES[not second]
    for field in Payload(body).fields(0, len(body)):
        if field.number == other:
            said, held = (SECOND, FIRST) if second else (FIRST, SECOND)
            raise MalformedBody(
                f"byte {field.at} of the request: series of {held}, where the Content-Type says"
                f" {said}"
            )


def _headers(written: Counts) -> dict[str, str]:
    counts = {
        "Samples": written.samples,
        "Histograms": written.histograms,
        "Exemplars": written.exemplars,
    }
    return {_WRITTEN.format(name): str(count) for name, count in counts.items()}


def _refusal(translated: Translated) -> str:
    refused = translated.refused
    name = translated.fault_name.decode("utf-8", "replace")
    return (
        f"refused {refused.samples} samples, {refused.histograms} histograms and"
        f" {refused.exemplars} exemplars, the others are stored; the first, of {name!r}:"
        f" {translated.fault}"
    )
