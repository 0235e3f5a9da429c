"""How questions end that are not answered: errors, refusals, timeouts and cancels."""

import threading
import time
from collections.abc import Callable

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager as manager
from adbc_driver_flightsql import ConnectionOptions, StatementOptions
from asking import asked, connect, refused

DIVISION = "SELECT 1 / (x - 1) FROM (VALUES (1)) AS t(x)"
SLOW = """WITH RECURSIVE slow(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM slow WHERE n < 9000)
    SELECT max(n) FROM slow"""
SLOW_ONES = """SELECT count(*) FROM system.queries
    WHERE sql LIKE '%RECURSIVE slow%' AND sql NOT LIKE '%system.%'"""


def errors() -> None:
    """The status that says who must act, with the place in the text; the trailers have the rest."""
    wrong = {
        "SELECT nothing FROM log_entries": ("INVALID_ARGUMENT", 'no column "nothing"', "column 8"),
        "SELECT 1\nFROM nothing": ("INVALID_ARGUMENT", "no table 'nothing'", "line 2, column 6"),
        "SELECT FROM": ("INVALID_ARGUMENT", "syntax error", "line 1, column 8"),
        DIVISION: ("INVALID_ARGUMENT", "division by zero"),
        "SELECT 1; SELECT 2": ("NOT_IMPLEMENTED", "one statement at a time"),
        "INSERT INTO log_entries VALUES (1)": ("NOT_IMPLEMENTED", "INSERT is not supported"),
        f"SELECT * FROM view_instance('thread_spans', '{'0' * 8}-0000-0000-0000-{'0' * 12}')": (
            "NOT_FOUND",
            "there is no stream",
        ),
    }
    with connect() as conn:
        for sql, (status, *words) in wrong.items():
            kinds = {"NOT_IMPLEMENTED": manager.NotSupportedError}
            with refused(kinds.get(status, manager.ProgrammingError), status, *words):
                asked(conn, sql)
        with refused(manager.ProgrammingError, "INVALID_ARGUMENT") as caught:
            asked(conn, DIVISION)
        told = dict(caught.error.details)
        assert told[b"limno-code"] == b"sql_run", told
        assert told[b"limno-query-id"].decode() in str(caught.error), told
        assert asked(conn, "SELECT 1").num_rows == 1, "the connection lives on"


def writing() -> None:
    """Nothing is written, and the text says where to go instead."""
    with connect() as conn, conn.cursor() as cursor:
        with refused(manager.NotSupportedError, "NOT_IMPLEMENTED"):
            cursor.executemany("INSERT INTO log_entries VALUES (?)", [(1,), (2,)])
        with refused(manager.NotSupportedError, "NOT_IMPLEMENTED"):
            cursor.executescript("DELETE FROM log_entries")


def running(conn: flightsql.Connection) -> int:
    """Return how many slow queries are under way."""
    return asked(conn, SLOW_ONES).column(0)[0].as_py()


def ends(conn: flightsql.Connection, condition: Callable[[int], bool]) -> None:
    """Wait until so many slow queries are under way."""
    deadline = time.monotonic() + 60
    while not condition(running(conn)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def timeouts() -> None:
    """A deadline of the client ends the query on the server as well."""
    with connect() as conn, connect() as other:
        conn.adbc_connection.set_options(**{ConnectionOptions.TIMEOUT_FETCH.value: 0.5})
        with refused(manager.OperationalError, "TIMEOUT"):
            asked(conn, SLOW)
        ends(other, lambda count: count == 0)
        with conn.cursor() as cursor:
            cursor.adbc_statement.set_options(**{StatementOptions.TIMEOUT_FETCH.value: 60.0})
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
            cursor.adbc_statement.set_options(**{StatementOptions.TIMEOUT_QUERY.value: 1e-6})
            with refused(manager.OperationalError, "TIMEOUT"):
                cursor.execute("SELECT 1")
            cursor.adbc_statement.set_options(**{StatementOptions.TIMEOUT_UPDATE.value: 1e-6})
            with refused(manager.OperationalError, "TIMEOUT"):
                cursor.adbc_statement.set_sql_query("DELETE FROM log_entries")
                cursor.adbc_statement.execute_update()
            cursor.adbc_statement.set_options(**{StatementOptions.TIMEOUT_UPDATE.value: 60.0})


def cancel() -> None:
    """Another thread cancels; the query ends on the server, and the cursor lives on."""
    with connect() as conn, connect() as other, conn.cursor() as cursor:

        def stop() -> None:
            ends(other, lambda count: count > 0)
            cursor.adbc_cancel()

        stopper = threading.Thread(target=stop)
        stopper.start()
        try:
            with refused(manager.OperationalError, "CANCELLED"):
                cursor.execute(SLOW)
                cursor.fetchall()
        finally:
            stopper.join()
        ends(other, lambda count: count == 0)
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
