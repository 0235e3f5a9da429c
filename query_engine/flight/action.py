"""What an action of the Flight door is: a frozen value that DoAction runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auth.principal import Role
from query_engine.flight.request import Request


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """
    One action; described here, dispatched elsewhere.

    Attributes:
        name: Its type, as clients send it.
        doc: What it does, a sentence for ListActions and the documentation.
        request: Name of the message in its body, for error texts; "" for bytes of its own kind.
        wrapped: Whether that message comes in an `Any`, as in Flight SQL, or bare, as in Flight.
        needs: Role of its caller.
        run: Yields the body of each result; called, and drained, while the call runs.
    """

    name: str
    doc: str
    request: str = ""
    wrapped: bool = True
    needs: Role = "reader"
    run: Callable[[Request], Iterator[bytes]]
