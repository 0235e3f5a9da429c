"""
Where Firehose delivers, by the paths of Micromegas.

Firehose brings its credential in ``X-Amz-Firehose-Access-Key``, since it cannot send bearer tokens.
"""

from fastapi import APIRouter, Request, Response

from assets.errors import LakeError
from auth.http_gate import principal_of
from ingest_api.body import read_body
from ingest_api.firehose.batch import read
from ingest_api.firehose.envelope import (
    COMMON_ATTRIBUTES,
    REQUEST_ID,
    answer,
    common_attributes,
    opened,
)
from ingest_api.limits import FIREHOSE_HELD_TIMES
from ingest_api.observation import note
from ingest_api.receiver import Receiver
from ingest_api.storing import beside, store

METRICS, LOGS = "/ingestion/otlp/v1/metrics/firehose", "/ingestion/cloudwatch/v1/logs/firehose"

_ANSWER = {"application/json": {"schema": {"type": "object"}}}
_ANSWERS: dict[int | str, dict[str, object]] = {
    status: {"content": _ANSWER, "description": description}
    for status, description in {
        200: "`requestId` and `timestamp`: stored.",
        400: "And `errorMessage`: which record is wrong, and why. All others are stored.",
        413: "And `errorMessage`: over a named limit. Firehose keeps the records in its bucket.",
        415: "And `errorMessage`: another content encoding is needed.",
        503: "And `errorMessage`: busy, or a store does not answer. Deliver it again.",
    }.items()
}
_DOC = {
    "requestBody": {
        "required": True,
        "description": "`requestId` and `records`, whose `data` is base64.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


def firehose_routes(receiver: Receiver) -> APIRouter:
    """Return the routes of Firehose."""
    router = APIRouter(tags=["ingest"])

    @router.post(METRICS, summary="Store a metric stream of CloudWatch", responses=_ANSWERS,
                 openapi_extra=_DOC)  # fmt: skip
    async def post_metrics(request: Request) -> Response:
        """Answers 200 when all points are durable and visible to queries, as `measures`."""
        return await _answered(receiver, request, "metrics")

    @router.post(LOGS, summary="Store what CloudWatch Logs delivers", responses=_ANSWERS,
                 openapi_extra=_DOC)  # fmt: skip
    async def post_logs(request: Request) -> Response:
        """Answers 200 when all events are durable and visible to queries, as `log_entries`."""
        return await _answered(receiver, request, "logs")

    return router


async def _answered(receiver: Receiver, request: Request, signal: str) -> Response:
    request_id = request.headers.get(REQUEST_ID, "")
    try:
        with receiver.in_flight.reservation() as reservation:
            body, received = await read_body(request, receiver.settings, reservation)
            reservation.expect(len(body), FIREHOSE_HELD_TIMES)
            delivery = await beside(opened, body, size=len(body))
            request_id = request_id or delivery.request_id
            common = common_attributes(request.headers.get(COMMON_ATTRIBUTES))
            batch = await beside(read, signal, delivery, common, receiver.settings, size=len(body))
            reservation.hold(len(body) + batch.size)
            outcomes = await store(
                receiver, batch.submissions(), received, principal_of(request.scope)
            )
        note(
            request.scope,
            firehose_request=request_id,
            accepted=sum(outcome.accepted for outcome in outcomes),
            duplicates=sum(outcome.duplicates for outcome in outcomes),
        )
        batch.check(len(delivery.records))
    except LakeError as exc:
        note(request.scope, firehose_request=request_id, error=exc.code, message=str(exc))
        return answer(exc.http_status, request_id, str(exc))
    return answer(200, request_id)
