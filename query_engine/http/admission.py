"""Who may ask what over HTTP: a line for each route."""

from starlette.responses import Response
from starlette.types import Scope

from assets.errors import LakeError
from auth.http_gate import FRAMEWORK, RouteRules
from query_engine.http.response import error_response

RULES = RouteRules(
    {
        **FRAMEWORK,
        "GET /health": "open",
        "GET /ready": "open",
        "GET /gateway/health": "open",
        "GET /metrics": "reader",
        "POST /api/query": "reader",
        "GET /api/query": "reader",
        "GET /api/queries": "reader",
        "GET /api/queries/{query_id}": "reader",
        "DELETE /api/queries/{query_id}": "reader",
        "GET /api/queries/{query_id}/progress": "reader",
        "GET /api/tables": "reader",
        "GET /api/tables/{name}": "reader",
        "GET /api/functions": "reader",
        "GET /api/functions/{name}": "reader",
        "GET /api/perfetto/{process_id}": "reader",
        "GET /api/perfetto/trace/{trace_id}": "reader",
        "GET /perfetto/{process_id}": "reader",
        "GET /perfetto/trace/{trace_id}": "reader",
        "GET /api/image/{block_id}/{image}": "reader",
        "POST /gateway/query": "reader",
    }
)
"""What each route needs; one that is not here keeps the service from starting."""


def refusal(scope: Scope, error: LakeError) -> Response:
    """Return the answer to a request that was not let in."""
    del scope
    return error_response(error)
