"""
Facts about the service: what it is called and what may be asked of it.

Its SQL only reads; what administrators may upload is a fact of its own.
"""

import pyarrow as pa

from query_engine.flight.limits import STATEMENT_SECONDS_MAX
from query_engine.flight.metadata.sql_info.info import Info, flag, number, text
from query_engine.functions.text.version import release

NO_TRANSACTIONS = 0

SERVER: tuple[Info, ...] = (
    text(0, "FLIGHT_SQL_SERVER_NAME", "Limnograph"),
    text(1, "FLIGHT_SQL_SERVER_VERSION", release()),
    text(2, "FLIGHT_SQL_SERVER_ARROW_VERSION", pa.__version__),
    flag(3, "FLIGHT_SQL_SERVER_READ_ONLY", value=True),
    flag(4, "FLIGHT_SQL_SERVER_SQL", value=True),
    flag(5, "FLIGHT_SQL_SERVER_SUBSTRAIT", value=False),
    number(8, "FLIGHT_SQL_SERVER_TRANSACTION", NO_TRANSACTIONS),
    flag(9, "FLIGHT_SQL_SERVER_CANCEL", value=True),
    flag(10, "FLIGHT_SQL_SERVER_BULK_INGESTION", value=True),
    flag(11, "FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED", value=False),
    number(100, "FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT", int(STATEMENT_SECONDS_MAX * 1000)),
    number(101, "FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT", 0),
)
