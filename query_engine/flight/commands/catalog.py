"""Every command of Flight SQL that has an answer here, be it a refusal that says what to do."""

from collections.abc import Mapping

from query_engine.flight.command import Command
from query_engine.flight.commands.catalogs import CATALOGS
from query_engine.flight.commands.db_schemas import DB_SCHEMAS
from query_engine.flight.commands.ingest import INGEST
from query_engine.flight.commands.keys import (
    CROSS_REFERENCE,
    EXPORTED_KEYS,
    IMPORTED_KEYS,
    PRIMARY_KEYS,
)
from query_engine.flight.commands.prepared import PREPARED
from query_engine.flight.commands.sql_info import SQL_INFO
from query_engine.flight.commands.statement import STATEMENT
from query_engine.flight.commands.statement_ticket import STATEMENT_TICKET
from query_engine.flight.commands.substrait import SUBSTRAIT
from query_engine.flight.commands.tables import TABLE_TYPES, TABLES
from query_engine.flight.commands.updates import PREPARED_UPDATE, STATEMENT_UPDATE
from query_engine.flight.commands.xdbc_type_info import XDBC_TYPE_INFO

COMMANDS: tuple[Command, ...] = (
    STATEMENT,
    STATEMENT_TICKET,
    PREPARED,
    STATEMENT_UPDATE,
    PREPARED_UPDATE,
    SUBSTRAIT,
    INGEST,
    CATALOGS,
    DB_SCHEMAS,
    TABLES,
    TABLE_TYPES,
    PRIMARY_KEYS,
    EXPORTED_KEYS,
    IMPORTED_KEYS,
    CROSS_REFERENCE,
    SQL_INFO,
    XDBC_TYPE_INFO,
)

BY_NAME: Mapping[str, Command] = {command.name: command for command in COMMANDS}
