"""``POST /v1/logs``, ``/v1/metrics``, ``/v1/traces``, and the paths of Micromegas for them."""

import logging

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from assets.errors import LakeError
from auth.http_gate import principal_of
from ingest_api.body import read_body
from ingest_api.errors import UnsupportedBody
from ingest_api.group_commit import Outcome
from ingest_api.limits import JSON_HELD_TIMES
from ingest_api.observation import note
from ingest_api.otlp.answers import FAULT, JSON, PROTOBUF, accepted, failed, status
from ingest_api.otlp.deliveries import HEADER, told_apart
from ingest_api.otlp.from_json import to_protobuf
from ingest_api.otlp.split import TAGS, Split, split
from ingest_api.receiver import Receiver
from ingest_api.settings import IngestSettings
from ingest_api.storing import beside, store

PREFIXES = ("/v1", "/ingestion/otlp/v1")
PROFILES = ("/v1development/profiles", "/v1/profiles")

logger = logging.getLogger(__name__)

_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "The response message of the signal; empty, or with a partial success."},
    400: {"description": "A Status: the body breaks the wire format. Do not send it again."},
    413: {"description": "A Status: over a named limit. Send less at once."},
    415: {"description": "A Status: another content type or encoding is needed."},
    503: {
        "description": "A Status: busy, or a store does not answer. Send it again unchanged.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
    },
}


def otlp_routes(receiver: Receiver) -> APIRouter:
    """Return the routes of OTLP over HTTP."""
    router = APIRouter(tags=["ingest"])
    for signal in TAGS:
        for prefix in PREFIXES:
            _add(router, receiver, signal, f"{prefix}/{signal}")

    @router.post(PROFILES[0], summary="Refuse profiles", status_code=404)
    @router.post(PROFILES[1], summary="Refuse profiles", status_code=404)
    async def post_profiles(request: Request) -> Response:
        """Profiles are not taken in; logs, metrics and traces are."""
        message = "profiles are not taken in; send logs, metrics and traces"
        return status(404, message, _encoding_of(request) or PROTOBUF)

    return router


def _add(router: APIRouter, receiver: Receiver, signal: str, path: str) -> None:
    @router.post(
        path,
        summary=f"Store OpenTelemetry {signal}",
        responses=_ANSWERS,
        openapi_extra=_doc(signal),
    )
    async def post_export(request: Request) -> Response:
        """
        Answers 200 when everything is durable and visible to queries; sending again is harmless.

        What could not be taken is told as partial success, with the number of records and why.
        """
        encoding = _encoding_of(request)
        try:
            found, outcomes = await _store(receiver, request, signal, encoding)
        except LakeError as exc:
            note(request.scope, error=exc.code, message=str(exc))
            return failed(exc, encoding or PROTOBUF)
        except ClientDisconnect:
            raise
        except Exception:
            logger.exception("a request of %s failed", path)
            return status(503, FAULT, encoding or PROTOBUF)
        note(
            request.scope,
            accepted=sum(outcome.accepted for outcome in outcomes),
            duplicates=sum(outcome.duplicates for outcome in outcomes),
            refused=found.refused,
            **receiver.metrics.odd(found.repaired, found.odd_ids),
        )
        return accepted(signal, encoding or PROTOBUF, found.refused, found.reason)


async def _store(
    receiver: Receiver, request: Request, signal: str, encoding: str | None
) -> tuple[Split, list[Outcome]]:
    """Read a request, and return when what it holds is durable."""
    if encoding is None:
        sent = request.headers.get("content-type", "")
        raise UnsupportedBody(f"Content-Type {sent!r} is neither {PROTOBUF} nor {JSON}")
    with receiver.in_flight.reservation() as reservation:
        body, received = await read_body(request, receiver.settings, reservation)
        settings = receiver.settings
        if encoding == JSON:
            reservation.expect(len(body), JSON_HELD_TIMES)
        number = request.headers.get(HEADER)
        found = await beside(_parsed, signal, encoding, body, settings, number, size=len(body))
        return found, await store(
            receiver, found.submissions, received, principal_of(request.scope)
        )


def _parsed(
    signal: str, encoding: str, body: bytes, settings: IngestSettings, number: str | None
) -> Split:
    if encoding == JSON:
        body = to_protobuf(signal, body, settings.body_bytes_max)
    return split(signal, body, settings.payload_bytes_max, extra=told_apart(number))


def _encoding_of(request: Request) -> str | None:
    """Return the encoding of a request, which is also that of its answer; None if unknown."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return sent if sent in {PROTOBUF, JSON} else None


def _doc(signal: str) -> dict[str, object]:
    name = f"Export{signal.removesuffix('s').capitalize()}sServiceRequest"
    if signal == "traces":
        name = "ExportTraceServiceRequest"
    return {
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": "The sender's number of this delivery: with another one, the same"
                " bytes are stored again; with the same one, once.",
            }
        ],
        "requestBody": {
            "required": True,
            "description": f"{name} of OTLP 1.x, as protobuf or JSON. `Content-Encoding` may be"
            " `gzip`, `zstd`, `deflate` or `snappy`.",
            "content": {
                PROTOBUF: {"schema": {"type": "string", "format": "binary"}},
                JSON: {"schema": {"type": "object"}},
            },
        },
    }
