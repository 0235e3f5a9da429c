"""``/api/tables``: what can be asked."""

from typing import Annotated

from fastapi import APIRouter, Path

from assets.errors import CallerError, NotFound
from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.tables.listing import TableInfo


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/tables", tags=["catalog"])

    @router.get("")
    async def list_tables() -> list[TableInfo]:
        """List every table and table function with its columns."""
        return list(await door.in_thread(door.tables))

    @router.get("/{name}", responses=errors(400, 404))
    async def show_table(
        name: Annotated[str, Path(description="Its name, or its call as the list has it.")],
    ) -> TableInfo:
        """Describe one of them, by its name, or by its call where several share the name."""
        known = await door.in_thread(door.tables)
        found = [t for t in known if t.call == name] or [t for t in known if t.name == name.lower()]
        if not found:
            raise NotFound(f"there is no table {name!r:.60}; /api/tables lists all")
        if len(found) > 1:
            calls = ", ".join(table.call for table in found)
            raise CallerError(f"several tables are called {name}; ask for one of {calls}")
        return found[0]

    return router
