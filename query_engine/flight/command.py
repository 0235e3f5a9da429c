"""What a command of Flight SQL is: a frozen value that says how each RPC answers it."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from auth.principal import Role
from query_engine.flight.request import Request, Rows, Upload


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """
    One message that a descriptor or a ticket may carry; described here, dispatched elsewhere.

    What is None is refused as UNIMPLEMENTED with *refusal*.

    Attributes:
        name: Message name without its package.
        doc: What it answers, a sentence for the documentation.
        schema: Schema of its rows, for GetFlightInfo and GetSchema; reads no rows.
        rows: Its rows, for DoGet.
        put: Takes an upload; returns the bytes of its one PutResult.
        ticket: The ticket that GetFlightInfo hands out; without it the command is its own ticket.
        needs: Role of its caller.
        refusal: What to do instead, one sentence.
    """

    name: str
    doc: str
    schema: Callable[[Request], pa.Schema] | None = None
    rows: Callable[[Request], Rows] | None = None
    put: Callable[[Request, Upload], bytes] | None = None
    ticket: Callable[[Request], bytes] | None = None
    needs: Role = "reader"
    refusal: str = ""
