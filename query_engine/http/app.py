"""The HTTP door: a route that answers SQL, one that lists tables, and the operator's three."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assets.errors import CallerError, LakeError
from query_engine.failures import as_lake_error
from query_engine.headers import parse_headers
from query_engine.http.body_limit import BodyLimit
from query_engine.http.formats import Format, encoder_for
from query_engine.http.response import QueryResponse, error_response
from query_engine.limits import REQUEST_BYTES_MAX
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.listing import TableInfo
from query_engine.times import parse_rfc3339_ns

SPARE_THREADS = 4
"""Threads beyond those that running and waiting queries may take."""


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


class ErrorFields(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable name of the kind of error.")
    message: str
    line: int | None = Field(default=None, description="Line in the SQL text, from 1.")
    column: int | None = Field(default=None, description="Column in that line, from 1.")
    hint: str | None = None
    query_id: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not 2xx."""

    error: ErrorFields


ERRORS: dict[int | str, dict[str, object]] = {
    status: {"model": ErrorBody, "description": text}
    for status, text in {
        400: "The SQL or the request is wrong",
        404: "Something that the SQL names does not exist",
        413: "Over a named limit",
        500: "The query failed inside the service",
        503: "Busy, or storage does not answer; ask again after Retry-After seconds",
        504: "Over the time limit",
        507: "The query needs more memory or disk than one query may use",
    }.items()
}
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


def create_app(
    service: QueryService,
    settings: QuerySettings,
    tables: tuple[TableInfo, ...],
    check_ready: Callable[[], None],
) -> FastAPI:
    """
    Return the app.

    Args:
        service: Runs the queries.
        settings: Says how many threads may wait for queries.
        tables: What ``/api/tables`` lists.
        check_ready: Returns if the lake answers, else raises a `LakeError`; called in a thread.
    """
    app = FastAPI(
        title="Limnograph query service",
        description="SQL over everything that was acknowledged, as Arrow, JSON or CSV.",
        version="1",
        redoc_url=None,
    )
    threads = CapacityLimiter(
        settings.running_queries_max + settings.waiting_queries_max + SPARE_THREADS
    )
    app.add_middleware(BodyLimit, bytes_max=REQUEST_BYTES_MAX)
    _handle_errors(app)

    _answer_queries(app, service, threads)

    @app.get("/api/tables", tags=["query"])
    async def list_tables() -> list[TableInfo]:
        """List every table and table function with its columns."""
        return list(tables)

    @app.get("/health", tags=["operation"])
    async def health() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    @app.get("/ready", tags=["operation"], responses={503: ERRORS[503]})
    async def ready() -> dict[str, str]:
        """Say whether the lake answers, so that queries can."""
        await to_thread.run_sync(check_ready)
        return {"status": "ready"}

    @app.get("/metrics", tags=["operation"], response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Return the service's metrics in the Prometheus text format."""
        text = await to_thread.run_sync(service.metrics.text)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    return app


def _answer_queries(app: FastAPI, service: QueryService, threads: CapacityLimiter) -> None:
    """Add the route that answers SQL."""

    @app.post("/api/query", tags=["query"], response_class=Response, responses=RESULTS | ERRORS)
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
            lambda is_gone: service.query(
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
            threads,
        )


def _handle_errors(app: FastAPI) -> None:
    """Give every failure the one error form."""

    @app.exception_handler(LakeError)
    async def on_lake_error(request: Request, error: LakeError) -> JSONResponse:
        del request
        return error_response(as_lake_error(error, ""))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        return error_response(CallerError(_mistake(error.errors()[0])))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        fields = {"code": "http", "message": f"{request.method} {request.url.path}: {error.detail}"}
        return JSONResponse({"error": fields}, error.status_code, error.headers)


def _mistake(found: Mapping[str, Any]) -> str:
    """Return what is wrong with a request, in words for whoever wrote it."""
    if found["type"] == "json_invalid":
        return f"the body is not JSON: {found['ctx']['error']} at character {found['loc'][-1]}"
    place = ".".join(str(part) for part in found["loc"] if part != "body")
    if place:
        return f"{place}: {found['msg']}"
    return 'the body must be a JSON object such as {"sql": "..."}, sent as application/json'
