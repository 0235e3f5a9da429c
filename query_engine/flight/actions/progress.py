"""limnograph.QueryProgress: how far a query is, until it has ended."""

import json
import time
from collections.abc import Iterator

from query_engine.errors import NoSuchQuery, TooManyListeners
from query_engine.flight.action import Action
from query_engine.flight.request import Request
from query_engine.headers import query_id_of
from query_engine.limits import (
    PROGRESS_APPEAR_SECONDS,
    PROGRESS_LISTENERS_MAX,
    PROGRESS_LOOK_SECONDS,
    PROGRESS_SILENCE_SECONDS,
)
from query_engine.running import RunningQuery
from query_engine.status import progress_of


def run(request: Request) -> Iterator[bytes]:
    """
    Yield one JSON object whenever there is news, and a last one with the query's end.

    Raises:
        TooManyListeners: Too many follow queries already.
        NoSuchQuery: No such query is under way.
    """
    query_id = query_id_of(request.body.decode(errors="replace"), "the body")
    places = request.engine.listeners
    if not places.acquire(blocking=False):
        raise TooManyListeners(f"{PROGRESS_LISTENERS_MAX} listeners follow queries; ask later")
    try:
        for event in events(request, appeared(request, query_id)):
            yield json.dumps(event).encode()
    finally:
        places.release()


def appeared(request: Request, query_id: str) -> RunningQuery:
    """Return the query; who chose its id may ask for it a little before it has come in."""
    deadline = time.monotonic() + PROGRESS_APPEAR_SECONDS
    running, caller = request.engine.service.running, request.call.headers.principal
    while (query := running.shown(query_id, caller)) is None:
        if time.monotonic() > deadline or request.call.is_cancelled():
            raise NoSuchQuery(f"no query {query_id} is under way here; it ended, or never began")
        time.sleep(PROGRESS_LOOK_SECONDS / 10)
    return query


def events(request: Request, query: RunningQuery) -> Iterator[dict[str, object]]:
    """Yield what is to be told of *query*, until it has ended or the listener has left."""
    running = request.engine.service.running
    told: dict[str, object] = {}
    told_at = -PROGRESS_SILENCE_SECONDS
    # A query that no worker has any more ends at the next look, also if nobody reads its end.
    gone = False
    while not query.outcome and not gone and not request.call.is_cancelled():
        gone = running.get(query.query_id) is not query
        now = progress_of(query)
        news = {name: value for name, value in now.items() if name != "seconds"}
        silent = time.monotonic() - told_at >= PROGRESS_SILENCE_SECONDS
        if not query.outcome and (silent or news != told):
            told, told_at = news, time.monotonic()
            yield now
        time.sleep(PROGRESS_LOOK_SECONDS)
    last = progress_of(query)
    if not query.outcome and query.token.cancelled:
        last["status"] = "cancelled"
    yield last | {"state": "ended"}


PROGRESS = Action(
    name="limnograph.QueryProgress",
    doc="Follows the query whose id is the body: one JSON object whenever there is news, with the "
    'state "ended" at last.',
    run=run,
)
