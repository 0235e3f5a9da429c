"""``/api/tables``: what can be asked."""

from fastapi import APIRouter

from query_engine.http.door import HttpDoor
from query_engine.tables.listing import TableInfo


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/tables", tags=["catalog"])

    @router.get("")
    async def list_tables() -> list[TableInfo]:
        """List every table and table function with its columns."""
        return list(door.tables)

    return router
