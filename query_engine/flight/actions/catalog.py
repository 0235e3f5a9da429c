"""Every action of the Flight door, in the order of ListActions."""

from collections.abc import Mapping

from query_engine.flight.action import Action
from query_engine.flight.actions.cancel_by_id import CANCEL_BY_ID

ACTIONS: tuple[Action, ...] = (CANCEL_BY_ID,)

BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}
