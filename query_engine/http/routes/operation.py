"""What operators ask: does it live, is it ready, how is it doing."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["operation"])

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    @router.get("/ready", responses=errors(503))
    async def ready() -> dict[str, str]:
        """Say whether the lake answers, so that queries can."""
        await door.in_thread(door.check_ready)
        return {"status": "ready"}

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Return the service's metrics in the Prometheus text format."""
        text = await door.in_thread(door.service.metrics.text)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    return router
