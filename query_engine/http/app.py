"""The HTTP door as an ASGI app: what stands round the routes, which `routes/catalog.py` lists."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware

from query_engine.http.base_path import BasePath
from query_engine.http.body_limit import BodyLimit
from query_engine.http.description import DescribedApp
from query_engine.http.door import HttpDoor
from query_engine.http.errors import handle_errors
from query_engine.http.headers import SecurityHeaders
from query_engine.http.request_limit import RequestLimit
from query_engine.http.response import QUERY_ID
from query_engine.http.routes.catalog import ROUTES
from query_engine.limits import REQUEST_BYTES_MAX
from query_engine.service import QueryService
from query_engine.setting_types import parts_of
from query_engine.settings import QuerySettings
from query_engine.tables.function_listing import function_infos
from query_engine.tables.listing import TableInfo

TITLE = "Limnograph query service"
_STREAMED = {"/api/query", "/api/queries/{query_id}/progress"}
"""Routes without HEAD: their headers cost a query, or do not come before its rows."""

_SAID_TO_PAGES = [QUERY_ID, "Retry-After", "Content-Disposition"]
"""Headers of answers that scripts of other origins may read."""


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
        settings: Say who may ask, from where, and how many threads may wait for queries.
        tables: What ``/api/tables`` lists.
        check_ready: Returns if the lake answers, else raises a `LakeError`; called in a thread.
    """
    app = DescribedApp(
        title=TITLE,
        description="SQL over everything that was acknowledged.",
        version="1",
        redoc_url=None,
        redirect_slashes=False,
    )
    door = HttpDoor(
        service,
        tables,
        function_infos(admin=settings.admin),
        check_ready,
        HttpDoor.threads_of(settings),
    )
    # The last one added is the first that a request meets.
    app.add_middleware(BodyLimit, bytes_max=REQUEST_BYTES_MAX)
    app.add_middleware(RequestLimit, requests_max=settings.http_requests_max)
    origins = parts_of(settings.http_cors_origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "HEAD", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=_SAID_TO_PAGES,
        )
    app.add_middleware(SecurityHeaders)
    if settings.http_base_path:
        app.add_middleware(BasePath, path=settings.http_base_path)
    handle_errors(app)
    for routes in ROUTES:
        app.include_router(with_head(routes(door)))
    return app


def with_head(router: APIRouter) -> APIRouter:
    """Let HEAD ask what GET answers, which balancers and browsers do."""
    for route in list(router.routes):
        if (
            isinstance(route, APIRoute)
            and "GET" in (route.methods or ())
            and route.path not in _STREAMED
        ):
            router.add_api_route(
                route.path.removeprefix(router.prefix),
                route.endpoint,
                methods=["HEAD"],
                include_in_schema=False,
            )
    return router
