"""``/api/query``: SQL in, its rows out."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from query_engine.headers import parse_headers
from query_engine.http.door import HttpDoor
from query_engine.http.errors import QUERY_ERRORS
from query_engine.http.formats import Format, encoder_for
from query_engine.http.response import QueryResponse
from query_engine.times import parse_rfc3339_ns

RESULTS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The rows, streamed. A JSON body ends with `row_count` when it is complete "
        "and with `error` when it is not; Arrow and CSV bodies are cut off when they fail.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/vnd.apache.arrow.stream": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class QueryBody(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(description="One SELECT statement.", examples=["SELECT 1 AS one"])
    begin: str | None = Field(
        default=None, description="Start of the time range, RFC 3339, inclusive; unset: open."
    )
    end: str | None = Field(
        default=None, description="End of the time range, RFC 3339, inclusive; unset: open."
    )
    params: list[Any] | dict[str, Any] | None = Field(
        default=None,
        description="Values for ? and $1 in order, or by name for :name; text is read as the type "
        "that it is compared with.",
    )
    limit: int | None = Field(default=None, ge=0, description="At most so many rows.")
    format: Format | None = Field(
        default=None, description="Form of the result; unset: the Accept header decides, else JSON."
    )


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["query"])

    @router.post("/api/query", response_class=Response, responses=RESULTS | QUERY_ERRORS)
    async def query(
        request: Request, body: QueryBody, accept: Annotated[str, Header()] = ""
    ) -> Response:
        """Answer one SELECT."""
        client = request.client.host if request.client else ""
        headers = parse_headers(dict(request.headers), client)
        begin_ns = parse_rfc3339_ns(body.begin, "begin") if body.begin else headers.begin_ns
        end_ns = parse_rfc3339_ns(body.end, "end") if body.end else headers.end_ns
        encoder = encoder_for(body.format, accept)
        return QueryResponse(
            lambda is_gone: door.service.query(
                body.sql,
                begin_ns=begin_ns,
                end_ns=end_ns,
                limit=headers.limit if body.limit is None else body.limit,
                parameters=body.params,
                door="http",
                client=client,
                who=headers.who,
                query_id=headers.query_id,
                is_cancelled=is_gone,
            ),
            encoder,
            door.query_threads,
        )

    return router
