"""``/perfetto/{process_id}``: a page that opens a process, or a trace, in Perfetto's viewer."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import HTMLResponse, Response

from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.http.pages.open_in_perfetto import POLICY, page
from query_engine.http.routes.perfetto import ProcessLink, TraceId, TraceLink

_PAGE: dict[int | str, dict[str, object]] = {
    200: {"description": "the page", "content": {"text/html": {}}}
}


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/perfetto", tags=["traces"])

    @router.get("/{process_id}", response_class=Response, responses=_PAGE | errors(400))
    async def open_process(
        process_id: Annotated[UUID, Path(description="The process.")],
        link: Annotated[ProcessLink, Query()],
    ) -> HTMLResponse:
        """Show a page that opens a process in Perfetto's viewer."""
        return _page(door, f"Process {process_id}", f"../api/perfetto/{process_id}", link)

    @router.get("/trace/{trace_id}", response_class=Response, responses=_PAGE | errors(400))
    async def open_trace(trace_id: TraceId, link: Annotated[TraceLink, Query()]) -> HTMLResponse:
        """Show a page that opens a whole trace in Perfetto's viewer."""
        return _page(door, f"Trace {trace_id}", f"../../api/perfetto/trace/{trace_id}", link)

    return router


def _page(door: HttpDoor, title: str, trace: str, link: TraceLink) -> HTMLResponse:
    asked = urlencode(link.model_dump(exclude_none=True))
    made = page(title, f"{trace}?{asked}", door.perfetto_ui)
    return HTMLResponse(made, headers={"content-security-policy": POLICY})
