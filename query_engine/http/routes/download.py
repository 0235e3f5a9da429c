"""
``GET /api/query``: results behind a link, for downloads and for readers that take an address.

Decided: not every browser tells that a page of another site made it follow a link, so this route
has no functions of administrators.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from query_engine.http.description import HEADERS
from query_engine.http.door import HttpDoor
from query_engine.http.errors import QUERY_ERRORS
from query_engine.http.formats.format import Compression
from query_engine.http.question import FormatName, Question
from query_engine.http.routes.query import RESULTS, answer
from query_engine.limits import RESULT_ROWS_MAX


class Link(BaseModel):
    """A question in an address; what its parts mean stands at POST."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(description="One SELECT statement.", examples=["SELECT 1 AS one"])
    begin: str | None = Field(default=None, description="Start of the time range, RFC 3339.")
    end: str | None = Field(default=None, description="End of the time range, RFC 3339.")
    limit: int | None = Field(
        default=None, ge=0, le=RESULT_ROWS_MAX, description="At most so many rows."
    )
    format: FormatName | None = Field(default=None, description="Form of the result.")
    compression: Compression | None = Field(default=None, description="Inside of the result.")


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["query"])

    @router.get(
        "/api/query",
        response_class=Response,
        responses=RESULTS | QUERY_ERRORS,
        openapi_extra={"parameters": HEADERS},
    )
    async def download(request: Request, link: Annotated[Link, Query()]) -> Response:
        """Answer one SELECT behind a link; functions of administrators are not there."""
        question = Question(**link.model_dump())
        return answer(door, request, question, admin=False)

    return router
