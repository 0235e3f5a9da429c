"""
``/gateway``: the HTTP gateway of the reference, for programs that were written for it.

Its answers know only the reference's statuses: 400 for the caller's mistakes, 503, and 500.
"""

import dataclasses
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from assets.errors import CallerError, LakeError
from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.http.formats.json_array import JSON_ARRAY
from query_engine.http.formats.negotiation import Choice
from query_engine.http.question import caller
from query_engine.http.response import QueryResponse, error_response
from query_engine.limits import SQL_BYTES_MAX
from query_engine.times import parse_rfc3339_ns

_ROWS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "One object per row; an array that is not closed is an answer that failed.",
        "content": {"application/json": {"schema": JSON_ARRAY.schema}},
    }
}


class GatewayQuery(BaseModel):
    """A question; keys that are not listed do not matter."""

    sql: str = Field(description="One SELECT statement.", examples=["SELECT 1 AS one"])
    time_range_begin: str | None = Field(
        default=None, description="Start of the time range, RFC 3339, inclusive."
    )
    time_range_end: str | None = Field(
        default=None, description="Its end, inclusive; both or neither."
    )


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/gateway", tags=["gateway"])

    @router.post(
        "/query", response_class=Response, responses=_ROWS | errors(400, 413, 415, 500, 503)
    )
    async def gateway_query(request: Request, query: GatewayQuery) -> Response:
        """Answer one SELECT with an array of rows, as the reference's gateway does."""
        sql = query.sql.strip()
        if not sql:
            raise CallerError("the SQL text is empty")
        if len(sql.encode(errors="replace")) > SQL_BYTES_MAX:
            raise CallerError(f"the SQL text is longer than {SQL_BYTES_MAX} bytes")
        begin_ns, end_ns = _time_range(query)
        client, headers = caller(request)
        who = dataclasses.replace(headers.who, client=f"{headers.who.client}+gateway")
        return GatewayResponse(
            lambda is_gone: door.service.query(
                sql,
                begin_ns=begin_ns,
                end_ns=end_ns,
                limit=headers.limit,
                door="http",
                client=client,
                who=who,
                principal=headers.principal,
                query_id=headers.query_id,
                on_demand=headers.on_demand,
                is_cancelled=is_gone,
            ),
            Choice(JSON_ARRAY, "none"),
            request.headers.get("accept-encoding", ""),
            door.query_threads,
        )

    @router.get("/health")
    async def gateway_health() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "healthy", "timestamp": datetime.now(UTC).isoformat()}

    return router


class GatewayResponse(QueryResponse):
    """The same with the reference's statuses."""

    def refusal(self, error: LakeError) -> Response:
        """Return the answer to a query that failed before it had rows."""
        response = error_response(error)
        if isinstance(error, CallerError):
            response.status_code = 400
        elif error.http_status != 503:
            response.status_code = 500
        return response


def _time_range(query: GatewayQuery) -> tuple[int | None, int | None]:
    begin, end = query.time_range_begin, query.time_range_end
    if not begin and not end:
        return None, None
    if not begin or not end:
        raise CallerError("time_range_begin and time_range_end come both or not at all")
    return parse_rfc3339_ns(begin, "time_range_begin"), parse_rfc3339_ns(end, "time_range_end")
