"""
Every route of the HTTP door, in the order of its description.

Rule: pages of other sites are turned away from a route unless it stands here that they may ask.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from query_engine.http.door import HttpDoor
from query_engine.http.errors import errors
from query_engine.http.routes import (
    download,
    functions,
    gateway,
    image,
    operation,
    perfetto,
    perfetto_page,
    progress,
    queries,
    query,
    tables,
)
from query_engine.http.sites import own_pages_only


@dataclass(frozen=True, slots=True)
class Routes:
    """
    The routes of one file.

    Attributes:
        any_site: Pages of other sites may make a browser ask: it costs little, or is a POST or
            DELETE, which CORS decides about.
        head: HEAD asks what GET answers, as balancers and browsers do; not where the headers cost
            a query, or do not come before its rows.
    """

    made: Callable[[HttpDoor], APIRouter]
    any_site: bool = False
    head: bool = True

    def router(self, door: HttpDoor) -> APIRouter:
        """Return the routes with what every route of the door has."""
        made = self.made(door)
        if self.head:
            _add_head(made)
        if self.any_site:
            return made
        guarded = APIRouter(dependencies=[Depends(own_pages_only)], responses=errors(403))
        guarded.include_router(made)
        return guarded


ROUTES: tuple[Routes, ...] = (
    Routes(query.routes, any_site=True),
    Routes(download.routes, head=False),
    Routes(queries.routes, any_site=True),
    Routes(progress.routes, any_site=True, head=False),
    Routes(tables.routes, any_site=True),
    Routes(functions.routes, any_site=True),
    Routes(perfetto.routes, head=False),
    Routes(perfetto_page.routes, any_site=True),
    Routes(image.routes),
    Routes(gateway.routes, any_site=True),
    Routes(operation.routes, any_site=True),
)


def _add_head(router: APIRouter) -> None:
    for route in list(router.routes):
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            router.add_api_route(
                route.path.removeprefix(router.prefix),
                route.endpoint,
                methods=["HEAD"],
                include_in_schema=False,
            )
