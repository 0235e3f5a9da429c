"""The HTTP door as an ASGI app: what stands round the routes, which `routes/catalog.py` lists."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from auth.authenticator import AsyncAuthenticator, Authenticator
from auth.http_gate import HttpGate
from query_engine.callers import EVERYBODY
from query_engine.http.admission import RULES, refusal
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
_SAID_TO_PAGES = [QUERY_ID, "Retry-After", "Content-Disposition"]
"""Headers of answers that scripts of other origins may read."""


def create_app(
    service: QueryService,
    settings: QuerySettings,
    tables: Callable[[], tuple[TableInfo, ...]],
    check_ready: Callable[[], None],
    authenticator: Authenticator | None = None,
) -> FastAPI:
    """
    Return the app.

    Args:
        service: Runs the queries.
        settings: Say who may ask, from where, and how many threads may wait for queries.
        tables: Returns what ``/api/tables`` lists; called in a thread.
        check_ready: Returns if the lake answers, else raises a `LakeError`; called in a thread.
        authenticator: Says who asks; None: no credential is wanted.
    """
    callers = authenticator or Authenticator(anybody=EVERYBODY)
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
        function_infos(admin=settings.admin or not callers.is_open),
        check_ready,
        HttpDoor.threads_of(settings),
        settings.http_perfetto_ui,
    )
    # The last one added is the first that a request meets.
    app.add_middleware(BodyLimit, bytes_max=REQUEST_BYTES_MAX)
    app.add_middleware(
        HttpGate, authenticator=AsyncAuthenticator(callers), rules=RULES, refusal=refusal
    )
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
        app.include_router(routes.router(door))
    RULES.check(app.routes)
    return app
