"""Every action of the Flight door, in the order of ListActions."""

from collections.abc import Mapping

from query_engine.flight.action import Action
from query_engine.flight.actions.cancel_by_id import CANCEL_BY_ID
from query_engine.flight.actions.cancel_flight_info import CANCEL_FLIGHT_INFO, CANCEL_QUERY
from query_engine.flight.actions.close_prepared import CLOSE_PREPARED
from query_engine.flight.actions.create_prepared import CREATE_PREPARED
from query_engine.flight.actions.health_check import HEALTH_CHECK
from query_engine.flight.actions.progress import PROGRESS
from query_engine.flight.actions.sessions import CLOSE, GET_OPTIONS, SET_OPTIONS
from query_engine.flight.actions.substrait import CREATE_PREPARED_SUBSTRAIT
from query_engine.flight.actions.transactions import (
    BEGIN_SAVEPOINT,
    BEGIN_TRANSACTION,
    END_SAVEPOINT,
    END_TRANSACTION,
)

ACTIONS: tuple[Action, ...] = (
    CREATE_PREPARED,
    CLOSE_PREPARED,
    CANCEL_FLIGHT_INFO,
    CANCEL_QUERY,
    GET_OPTIONS,
    SET_OPTIONS,
    CLOSE,
    PROGRESS,
    CANCEL_BY_ID,
    HEALTH_CHECK,
    CREATE_PREPARED_SUBSTRAIT,
    BEGIN_TRANSACTION,
    END_TRANSACTION,
    BEGIN_SAVEPOINT,
    END_SAVEPOINT,
)

BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}
