"""The HTTP door as an ASGI app: what stands round the routes, which `routes/catalog.py` lists."""

from collections.abc import Callable

from fastapi import FastAPI

from query_engine.http.body_limit import BodyLimit
from query_engine.http.door import HttpDoor
from query_engine.http.errors import handle_errors
from query_engine.http.request_limit import RequestLimit
from query_engine.http.routes.catalog import ROUTES
from query_engine.limits import REQUEST_BYTES_MAX
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.listing import TableInfo


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
        settings: Says how many threads may wait for queries.
        tables: What ``/api/tables`` lists.
        check_ready: Returns if the lake answers, else raises a `LakeError`; called in a thread.
    """
    app = FastAPI(
        title="Limnograph query service",
        description="SQL over everything that was acknowledged, as Arrow, JSON or CSV.",
        version="1",
        redoc_url=None,
    )
    door = HttpDoor(service, tables, check_ready, HttpDoor.threads_of(settings))
    app.add_middleware(BodyLimit, bytes_max=REQUEST_BYTES_MAX)
    app.add_middleware(RequestLimit, requests_max=settings.http_requests_max)
    handle_errors(app)
    for routes in ROUTES:
        app.include_router(routes(door))
    return app
