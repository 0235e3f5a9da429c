"""``/api/query``: SQL in, its rows out."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from assets.errors import LimitExceeded
from query_engine.http.description import HEADERS
from query_engine.http.door import HttpDoor
from query_engine.http.errors import QUERY_ERRORS
from query_engine.http.formats.catalog import FORMATS
from query_engine.http.formats.negotiation import choose
from query_engine.http.parameters import values_of
from query_engine.http.question import Question, caller
from query_engine.http.response import QUERY_ID, QueryResponse
from query_engine.limits import PARAMETERS_MAX

RESULTS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The rows, streamed.\n\n"
        + "\n".join(
            f"* {form.name}: complete if {form.complete}; broken if {form.broken}."
            for form in FORMATS
        ),
        "headers": {
            QUERY_ID: {"description": "The query's id.", "schema": {"type": "string"}},
        },
        "content": {
            form.media_types[0].partition(";")[0]: {"schema": form.schema} for form in FORMATS
        },
    }
}


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["query"])

    @router.post(
        "/api/query",
        response_class=Response,
        responses=RESULTS | QUERY_ERRORS,
        openapi_extra={"parameters": HEADERS},
    )
    async def query(request: Request, question: Question) -> Response:
        """Answer one SELECT."""
        return answer(door, request, question)

    return router


def answer(
    door: HttpDoor, request: Request, question: Question, *, admin: bool = True
) -> QueryResponse:
    """
    Return the answer to a question; its query starts when it is sent.

    Raises:
        CallerError: Something beside the SQL is wrong.
    """
    given = len(question.params or ())
    if given > PARAMETERS_MAX:
        raise LimitExceeded(
            f"there are values for {given} parameters, the limit is {PARAMETERS_MAX}"
        )
    choice = choose(question.format, question.compression, request.headers.get("accept", ""))
    client, headers = caller(request)
    begin_ns, end_ns = question.time_range(headers)
    return QueryResponse(
        lambda is_gone: door.service.query(
            question.sql,
            begin_ns=begin_ns,
            end_ns=end_ns,
            limit=headers.limit if question.limit is None else question.limit,
            parameters=values_of(question.params),
            door="http",
            client=client,
            who=headers.who,
            principal=headers.principal,
            query_id=headers.query_id,
            admin=admin,
            on_demand=question.on_demand or headers.on_demand,
            is_cancelled=is_gone,
        ),
        choice,
        request.headers.get("accept-encoding", ""),
        door.query_threads,
    )
