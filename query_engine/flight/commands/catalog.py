"""Every command of Flight SQL that has an answer here, be it a refusal that says what to do."""

from collections.abc import Mapping

from query_engine.flight.command import Command
from query_engine.flight.commands.statement import STATEMENT
from query_engine.flight.commands.statement_ticket import STATEMENT_TICKET
from query_engine.flight.commands.substrait import SUBSTRAIT
from query_engine.flight.commands.updates import PREPARED_UPDATE, STATEMENT_UPDATE

COMMANDS: tuple[Command, ...] = (
    STATEMENT,
    STATEMENT_TICKET,
    STATEMENT_UPDATE,
    PREPARED_UPDATE,
    SUBSTRAIT,
)

BY_NAME: Mapping[str, Command] = {command.name: command for command in COMMANDS}
