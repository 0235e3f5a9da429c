"""``/api/functions``: what can be called."""

from typing import Annotated

from fastapi import APIRouter, Path

from assets.errors import NotFound
from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.tables.function_listing import FunctionInfo


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/functions", tags=["catalog"])

    @router.get("")
    async def list_functions() -> list[FunctionInfo]:
        """List every function with its signature, description and examples."""
        return list(door.functions)

    @router.get("/{name}", responses=errors(404))
    async def show_function(
        name: Annotated[str, Path(description="One of its names, in any capitals.")],
    ) -> list[FunctionInfo]:
        """Describe what a name may mean: an aggregate and a window function may share one."""
        wanted = name.lower()
        found = [f for f in door.functions if wanted in (f.name, *f.aliases)]
        if not found:
            raise NotFound(f"there is no function {name!r:.60}; /api/functions lists all")
        return found

    return router
