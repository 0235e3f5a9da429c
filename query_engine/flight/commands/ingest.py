"""CommandStatementIngest: an uploaded table goes into the lake as the receiver's data does."""

from query_engine.errors import NotOffered
from query_engine.flight.command import Command
from query_engine.flight.proto import Message, pack_fields
from query_engine.flight.request import Request, Upload
from query_engine.flight.transactions import refuse_transaction
from query_engine.sql.information_schema import PUBLIC
from query_engine.sql.schemas import CATALOG_NAME

OPTIONS, TABLE, DB_SCHEMA, DB_CATALOG, TEMPORARY, TRANSACTION = 1, 2, 3, 4, 5, 6
IF_NOT_EXIST, IF_EXISTS = 1, 2
FAIL_IF_EXISTS, REPLACE_IF_EXISTS = 1, 3


def put(request: Request, upload: Upload) -> bytes:
    """Store the upload; the answer is a bare DoPutUpdateResult with the rows received."""
    message = request.message
    refuse_transaction(message, TRANSACTION)
    _check_options(message.message(OPTIONS, "TableDefinitionOptions"), message.text(TABLE))
    _check_place(message)
    uploads = request.engine.uploads
    if uploads is None:
        raise NotOffered("this service takes no uploads")
    count = uploads.take(
        message.text(TABLE), upload.schema, upload.batches, request.call.is_cancelled
    )
    return pack_fields({1: count})


def _check_options(options: Message, table: str) -> None:
    """Refuse what would make or replace a table; absent options mean to append."""
    if options.number(IF_EXISTS) == FAIL_IF_EXISTS:
        raise NotOffered(f"the table {table:.60} is always there; upload with mode 'append'")
    if options.number(IF_EXISTS) == REPLACE_IF_EXISTS:
        raise NotOffered(
            f"the table {table:.60} cannot be replaced: what is stored stays; use mode 'append'"
        )


def _check_place(message: Message) -> None:
    if message.flag(TEMPORARY):
        raise NotOffered("there are no temporary tables")
    if message.text(DB_CATALOG) not in {"", CATALOG_NAME}:
        raise NotOffered(f"uploads go to the catalog {CATALOG_NAME}")
    if message.text(DB_SCHEMA) not in {"", PUBLIC}:
        raise NotOffered(f"uploads go to the schema {PUBLIC}")


INGEST = Command(
    name="CommandStatementIngest",
    doc="For administrators: DoPut adds rows to processes, streams, blocks or payloads, all of an "
    "upload or nothing of it; answers with the rows received.",
    put=put,
    needs="admin",
    refusal="uploads come with DoPut",
)
