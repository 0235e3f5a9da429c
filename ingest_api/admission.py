"""Who may send what: a line for each route, and how a refusal looks to its sender."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from assets.errors import LakeError
from auth.http_gate import FRAMEWORK, RouteRules
from ingest_api.errors import error_response
from ingest_api.firehose.envelope import ACCESS_KEY, REQUEST_ID, answer
from ingest_api.observation import note
from ingest_api.otlp.answers import JSON, PROTOBUF, failed

_FIREHOSE = ("/ingestion/otlp/v1/metrics/firehose", "/ingestion/cloudwatch/v1/logs/firehose")

RULES = RouteRules(
    {
        **FRAMEWORK,
        "GET /health": "open",
        "GET /ready": "open",
        "GET /metrics": "reader",
        "POST /v1/blocks": "writer",
        "POST /v1/logs": "writer",
        "POST /v1/metrics": "writer",
        "POST /v1/traces": "writer",
        "POST /v1/profiles": "writer",
        "POST /v1development/profiles": "writer",
        "POST /ingestion/otlp/v1/logs": "writer",
        "POST /ingestion/otlp/v1/metrics": "writer",
        "POST /ingestion/otlp/v1/traces": "writer",
        "POST /ingestion/webhook": "writer",
        "POST /loki/api/v1/push": "writer",
        "POST /api/v1/write": "writer",
        "POST /api/v1/push": "writer",
        "POST /prometheus/api/v1/write": "writer",
        "POST /ingestion/otlp/v1/metrics/firehose": "writer",
        "POST /ingestion/cloudwatch/v1/logs/firehose": "writer",
    }
)
"""What each route needs; one that is not here keeps the receiver from starting."""

KEY_HEADERS = dict.fromkeys(_FIREHOSE, ACCESS_KEY)
"""Firehose cannot send an Authorization header; its access key is an API key of ours."""

_OTLP = ("logs", "metrics", "traces", "profiles")


def refusal(scope: Scope, error: LakeError) -> Response:
    """Return the answer to a request that was not let in, as its sender reads answers."""
    note(scope, error=error.code, message=str(error))
    path, headers = str(scope["path"]), Headers(scope=scope)
    if path in _FIREHOSE:
        return answer(error.http_status, headers.get(REQUEST_ID, ""), str(error))
    if path.rpartition("/")[2] in _OTLP:
        sent = headers.get("content-type", "").partition(";")[0].strip().lower()
        return failed(error, JSON if sent == JSON else PROTOBUF)
    return error_response(error)
