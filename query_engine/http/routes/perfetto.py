"""``/api/perfetto``: a process, or a whole trace, as a file for Perfetto's viewer, or another."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.responses import Response

from query_engine.export.scribes.catalog import FORMATS
from query_engine.http.description import HEADERS
from query_engine.http.door import HttpDoor
from query_engine.http.errors import QUERY_ERRORS
from query_engine.http.formats.chunks import FILES
from query_engine.http.formats.negotiation import Choice
from query_engine.http.question import Question, caller
from query_engine.http.response import QueryResponse
from query_engine.tables.functions.process_trace import KINDS

_FILE: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The file, streamed: complete if the body ends, broken if it is cut off.",
        "content": {form.media_types[0]: {"schema": form.schema} for form in FILES.values()},
    }
}


def _known(value: str) -> str:
    if value not in FILES:
        raise ValueError(f"no format {value!r:.60}; there are {', '.join(FILES)}")
    return value


FormatName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(FILES)})
]


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"nothing is called {value!r:.60}; there are {', '.join(KINDS)}")
    return value


Shown = Annotated[
    str, AfterValidator(_kind), WithJsonSchema({"type": "string", "enum": list(KINDS)})
]


class TraceLink(BaseModel):
    """How a trace is written."""

    model_config = ConfigDict(extra="forbid")

    format: FormatName = Field(
        default=FORMATS[0].name,
        description=" ".join(f"`{form.name}`: {form.doc}" for form in FORMATS),
    )
    begin: str | None = Field(default=None, description="Start of the time range, RFC 3339.")
    end: str | None = Field(default=None, description="End of the time range, RFC 3339.")


class ProcessLink(TraceLink):
    """What of a process the file shows."""

    show: Shown = Field(
        default="all",
        description="Profile spans of threads, those of coroutines, both, trace spans, or all with "
        "logs and measures.",
    )


TraceId = Annotated[
    str, Path(description="The trace, 32 hexadecimal digits.", pattern="^[0-9a-fA-F]{32}$")
]


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["traces"])

    @router.get(
        "/api/perfetto/{process_id}",
        response_class=Response,
        responses=_FILE | QUERY_ERRORS,
        openapi_extra={"parameters": HEADERS},
    )
    async def perfetto(
        request: Request,
        process_id: Annotated[UUID, Path(description="The process.")],
        link: Annotated[ProcessLink, Query()],
    ) -> Response:
        """Send a process's spans, logs and measures as a file."""
        call = f"export_process('{process_id}', '{link.show}', '{link.format}')"
        return _file(door, request, link, call)

    @router.get(
        "/api/perfetto/trace/{trace_id}",
        response_class=Response,
        responses=_FILE | QUERY_ERRORS,
        openapi_extra={"parameters": HEADERS},
    )
    async def perfetto_of_trace(
        request: Request, trace_id: TraceId, link: Annotated[TraceLink, Query()]
    ) -> Response:
        """Send a whole trace, of every process that took part, as a file."""
        return _file(door, request, link, f"export_trace('{trace_id}', '{link.format}')")

    return router


def _file(door: HttpDoor, request: Request, link: TraceLink, call: str) -> QueryResponse:
    """Return the file that a call exports; the query starts when it is sent."""
    client, headers = caller(request)
    sql = f"SELECT chunk_data FROM {call}"
    question = Question(sql=sql, begin=link.begin, end=link.end)
    begin_ns, end_ns = question.time_range(headers)
    return QueryResponse(
        lambda is_gone: door.service.query(
            sql,
            begin_ns=begin_ns,
            end_ns=end_ns,
            limit=None,
            door="http",
            client=client,
            who=headers.who,
            principal=headers.principal,
            query_id=headers.query_id,
            admin=False,
            is_cancelled=is_gone,
        ),
        Choice(FILES[link.format], "none"),
        request.headers.get("accept-encoding", ""),
        door.query_threads,
    )
