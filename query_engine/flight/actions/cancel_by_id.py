"""limnograph.CancelQuery: stop a query by its id."""

import json
from collections.abc import Iterator

from query_engine.flight.action import Action
from query_engine.flight.request import Request
from query_engine.headers import query_id_of


def run(request: Request) -> Iterator[bytes]:
    """Yield one JSON object that says whether there was something to stop."""
    query_id = query_id_of(request.body.decode(errors="replace"), "the body")
    cancelled = request.engine.cancel(query_id, request.call.headers.principal)
    yield json.dumps({"cancelled": cancelled}).encode()


CANCEL_BY_ID = Action(
    name="limnograph.CancelQuery",
    doc='Stops the query whose id is the body; answers {"cancelled": true} if there was one.',
    run=run,
)
