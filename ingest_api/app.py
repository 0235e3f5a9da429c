"""The receiver as a web application: its routes, and how errors leave it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect

from assets.errors import LakeError
from assets.storage.objects import ObjectStore
from assets.storage.settings import LakeSettings
from auth.authenticator import AsyncAuthenticator, Authenticator
from auth.http_gate import HttpGate
from auth.opening import open_authenticator
from auth.settings import AuthSettings
from ingest_api.admission import KEY_HEADERS, RULES, refusal
from ingest_api.errors import error_response, plain_response
from ingest_api.firehose.routes import firehose_routes
from ingest_api.grpc.door import GrpcDoor
from ingest_api.loki.routes import loki_routes
from ingest_api.native import native_routes
from ingest_api.observation import CLIENT_GONE_STATUS, Observation, note
from ingest_api.operations import operations_routes
from ingest_api.otlp.routes import otlp_routes
from ingest_api.prometheus.routes import prometheus_routes
from ingest_api.receiver import Receiver
from ingest_api.settings import IngestSettings
from ingest_api.webhook import webhook_routes

_ROUTES: tuple[Callable[[Receiver], APIRouter], ...] = (
    native_routes,
    otlp_routes,
    webhook_routes,
    loki_routes,
    prometheus_routes,
    firehose_routes,
    operations_routes,
)

DESCRIPTION = """
Takes in blocks of logs, metrics and spans, and answers when they are durable.

* **2xx**: stored and visible to queries.
* **401, 403**: the credential opens nothing, or not this; send the request again with a good one.
* **4xx**: the request can never succeed as it is; `error.message` says what to change.
* **5xx**: our trouble; send the request again, unchanged, after `Retry-After` seconds.
"""


def create_app(
    settings: IngestSettings,
    lake: LakeSettings,
    *,
    objects: ObjectStore | None = None,
    grpc: Sequence[socket.socket] = (),
    authenticator: Authenticator | None = None,
) -> FastAPI:
    """
    Return the application; it opens the lake when it starts.

    Args:
        settings: The receiver's own.
        lake: Where the lake is.
        objects: The object store, if not the one at ``lake.root_uri``.
        grpc: Bound sockets at which OTLP over gRPC is taken in as well.
        authenticator: Says who sends, if not what the settings of authentication make.

    Raises:
        ExposedWithoutLogin: The login is switched off, and others reach the receiver.
    """
    receiver = Receiver(settings, lake, objects)
    senders = AsyncAuthenticator(
        authenticator
        or open_authenticator(
            AuthSettings(), [settings.host], lake.database_url, ["writer", "reader"]
        )
    )
    door = GrpcDoor(receiver, senders, grpc)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            async with receiver.running(), door.open():
                yield
        finally:
            await asyncio.to_thread(senders.close)

    app = FastAPI(
        title="Limnograph receiver",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_tags=[
            {"name": "ingest", "description": "Sending blocks."},
            {"name": "operations", "description": "Watching the receiver."},
        ],
    )
    app.state.receiver = receiver
    app.state.grpc_door = door
    app.state.authenticator = senders.sync
    for routes in _ROUTES:
        app.include_router(routes(receiver))
    RULES.check(app.routes)
    # The last one added is the first that a request meets.
    app.add_middleware(
        HttpGate, authenticator=senders, rules=RULES, refusal=refusal, key_headers=KEY_HEADERS
    )
    app.add_middleware(Observation, metrics=receiver.metrics)
    if origins := [one.strip() for one in settings.cors_origins.split(",") if one.strip()]:
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["POST"], allow_headers=["*"]
        )
    _answer_errors(app)
    return app


def _answer_errors(app: FastAPI) -> None:
    """Give every error the same shape on the wire."""

    @app.exception_handler(LakeError)
    async def _(request: Request, error: LakeError) -> Response:
        note(request.scope, error=error.code, message=str(error))
        return error_response(error)

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> Response:
        return plain_response(error.status_code, str(error.detail))

    @app.exception_handler(ClientDisconnect)
    async def _(_: Request, __: ClientDisconnect) -> Response:
        return Response(status_code=CLIENT_GONE_STATUS)

    @app.exception_handler(Exception)
    async def _(_: Request, __: Exception) -> Response:
        return plain_response(500, "a fault of the receiver; its log says more: send this again")
