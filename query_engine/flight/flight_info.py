"""Which queries a FlightInfo of ours stands for: their ids are in its tickets."""

from query_engine.flight.handles import unmarked
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
        marks = unmarked(command.text(HANDLE))[1] if command is not None else {}
        if "q" in marks:
            found.append(marks["q"])
    return found
