"""Which queries a FlightInfo of ours stands for: their ids are in its tickets."""

from query_engine.flight.handles import opened
from query_engine.flight.proto import Message, parse_any

ENDPOINT, TICKET, TICKET_BYTES, HANDLE = 3, 1, 1, 1


def query_ids(info: Message) -> list[str]:
    """
    Return the ids of the queries that the tickets of *info* run.

    Raises:
        CallerError: It is no FlightInfo.
    """
    found = []
    for endpoint in info.messages(ENDPOINT, "FlightEndpoint"):
        command = parse_any(endpoint.message(TICKET, "Ticket").data(TICKET_BYTES))
        query_id = opened(command.text(HANDLE)).query_id if command is not None else None
        if query_id is not None:
            found.append(query_id)
    return found
