"""How the checks ask, and what they expect of an error."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager as manager
import pyarrow as pa
from adbc_driver_flightsql import DatabaseOptions

FLIGHT = os.environ["LIMNO_FLIGHT"]
FACTS = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
HEADER = DatabaseOptions.RPC_CALL_HEADER_PREFIX.value


def connect(**options: str) -> flightsql.Connection:
    """Open a connection; there are no transactions, so autocommit says what is so."""
    return flightsql.connect(FLIGHT, db_kwargs=options, autocommit=True)


def asked(conn: flightsql.Connection, sql: str, parameters: Any = None) -> pa.Table:
    """Return the whole answer."""
    with conn.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


@dataclass
class Refusal:
    """An error that was expected, once it has come."""

    error: manager.Error | None = None


@contextmanager
def refused(kind: type[manager.Error], status: str, *words: str) -> Iterator[Refusal]:
    """Expect an error of that class and status whose text has the words."""
    refusal = Refusal()
    try:
        yield refusal
    except kind as error:
        refusal.error = error
    said = str(refusal.error)
    assert refusal.error is not None, f"no {status}"
    assert refusal.error.status_code.name == status, said
    assert all(word in said for word in words), said
    assert "Traceback" not in said, said
    assert ".py" not in said, said
