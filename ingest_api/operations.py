"""What operators and their tools ask: ``/health``, ``/ready``, ``/metrics``."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from ingest_api.errors import ErrorBody
from ingest_api.metrics import CONTENT_TYPE
from ingest_api.receiver import Receiver


class Health(BaseModel):
    """The process runs and answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """A request would be stored now."""

    status: Literal["ready"] = "ready"


def operations_routes(receiver: Receiver) -> APIRouter:
    """Return the operators' routes."""
    router = APIRouter(tags=["operations"])

    @router.get("/health", summary="Is the process alive?")
    async def health() -> Health:
        """Answers as long as the process does; looks at nothing else."""
        return Health()

    @router.get(
        "/ready",
        summary="Can it store?",
        responses={503: {"model": ErrorBody, "description": "Names what does not answer."}},
    )
    async def ready() -> Ready:
        """Checks Postgres and the object store; a success is remembered for a second."""
        await receiver.readiness.check()
        return Ready()

    @router.get(
        "/metrics",
        summary="Prometheus metrics",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def metrics() -> Response:
        """Counts of this process since its start, in the Prometheus text format."""
        return Response(receiver.metrics.text(), media_type=CONTENT_TYPE)

    return router
