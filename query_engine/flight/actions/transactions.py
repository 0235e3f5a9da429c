"""BeginTransaction, BeginSavepoint and their ends: refused, there is nothing to commit."""

from typing import NoReturn

from query_engine.flight.action import Action
from query_engine.flight.request import Request
from query_engine.flight.transactions import no_transactions


def refused(request: Request) -> NoReturn:
    """
    Refuse.

    Raises:
        NotOffered: Always.
    """
    del request
    raise no_transactions()


def _refused(name: str) -> Action:
    return Action(name=name, doc="Refused: there are no transactions.", run=refused)


BEGIN_TRANSACTION = _refused("BeginTransaction")
END_TRANSACTION = _refused("EndTransaction")
BEGIN_SAVEPOINT = _refused("BeginSavepoint")
END_SAVEPOINT = _refused("EndSavepoint")
