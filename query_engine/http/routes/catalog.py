"""Every route of the HTTP door, in the order of its description."""

from collections.abc import Callable

from fastapi import APIRouter

from query_engine.http.door import HttpDoor
from query_engine.http.routes import (
    download,
    functions,
    gateway,
    operation,
    progress,
    queries,
    query,
    tables,
)

ROUTES: tuple[Callable[[HttpDoor], APIRouter], ...] = (
    query.routes,
    download.routes,
    queries.routes,
    progress.routes,
    tables.routes,
    functions.routes,
    gateway.routes,
    operation.routes,
)
