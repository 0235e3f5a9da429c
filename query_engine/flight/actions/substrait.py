"""CreatePreparedSubstraitPlan: refused, questions are asked in SQL."""

from typing import NoReturn

from query_engine.errors import NotOffered
from query_engine.flight.action import Action
from query_engine.flight.commands.substrait import NO_SUBSTRAIT
from query_engine.flight.request import Request


def run(request: Request) -> NoReturn:
    """
    Refuse.

    Raises:
        NotOffered: Always.
    """
    del request
    raise NotOffered(NO_SUBSTRAIT)


CREATE_PREPARED_SUBSTRAIT = Action(
    name="CreatePreparedSubstraitPlan", doc="Refused: questions are asked in SQL.", run=run
)
