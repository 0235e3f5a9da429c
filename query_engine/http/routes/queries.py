"""``/api/queries``: what is under way, and the way to stop it."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from assets.errors import CallerError
from auth.http_gate import principal_of
from query_engine.errors import NoSuchQuery
from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.status import progress_of

QueryId = Annotated[str, Path(description="The query's id, a UUID.")]


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/queries", tags=["queries"])
    running = door.service.running

    @router.get("")
    async def list_queries(request: Request) -> list[dict[str, Any]]:
        """List the queries that are under way, oldest first, with their progress."""
        seen = running.seen_by(principal_of(request.scope))
        return await door.in_thread(lambda: [progress_of(query) for query in seen])

    @router.get("/{query_id}", responses=errors(400, 404))
    async def show_query(request: Request, query_id: QueryId) -> dict[str, Any]:
        """Say how far a query is."""
        query = running.shown(id_of(query_id), principal_of(request.scope))
        if query is None:
            raise no_such_query(query_id)
        return await door.in_thread(progress_of, query)

    @router.delete("/{query_id}", responses=errors(400, 404))
    async def cancel_query(request: Request, query_id: QueryId) -> dict[str, Any]:
        """Stop a query of one's own wherever it is; its client is told `cancelled`."""
        caller = principal_of(request.scope)
        if not await door.in_thread(door.service.cancel, id_of(query_id), caller):
            raise no_such_query(query_id)
        return {"query_id": id_of(query_id), "cancelled": True}

    return router


def id_of(text: str) -> str:
    """
    Return a query's id in its usual form.

    Raises:
        CallerError: It is none.
    """
    try:
        return str(uuid.UUID(text))
    except ValueError as exc:
        raise CallerError(f"the query's id is not a UUID: {text!r:.60}") from exc


def no_such_query(query_id: QueryId) -> NoSuchQuery:
    """Return what to tell who asks for a query that is not there."""
    return NoSuchQuery(f"no query {query_id} is under way here; it has ended, or never began")
