"""
Connections for looking credentials up: few, of their own, and opened when they are needed.

Rule: nothing waits for Postgres without an end, be it locked or just silent.
"""

from typing import Any

from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from assets.storage.metadata.session import prepare
from auth.limits import CONNECTION_WAIT_S_MAX, CONNECTIONS_MAX, STATEMENT_S_MAX

_WAYS: dict[str, Any] = {"autocommit": True, "connect_timeout": int(CONNECTION_WAIT_S_MAX)}


class KeyConnection(Connection):
    """A connection that is closed when a statement has had no answer for `STATEMENT_S_MAX`."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, as psycopg does, and no longer."""
        try:
            return super().wait(gen, interval, STATEMENT_S_MAX if timeout is None else timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # its answer could still come, to another question
            raise


def key_connection(database_url: str) -> KeyConnection:
    """Return one connection; for whoever needs it once."""
    conn = KeyConnection.connect(database_url, **_WAYS)
    _set_up(conn)
    return conn


def _set_up(conn: Connection) -> None:
    """Have Postgres itself give up what nobody waits for any more."""
    prepare(conn)
    wait_ms = str(int(STATEMENT_S_MAX * 1_000))
    conn.execute(
        "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)",
        (wait_ms, wait_ms),
    )


def key_connections(database_url: str) -> ConnectionPool[KeyConnection]:
    """
    Return a pool that holds no connection yet; it is open, and whoever has it closes it.

    It is not the service's own: queries that hold all of those would keep others from coming in.
    """
    return ConnectionPool(
        database_url,
        min_size=0,
        max_size=CONNECTIONS_MAX,
        open=True,
        connection_class=KeyConnection,
        kwargs=_WAYS,
        configure=_set_up,
        timeout=CONNECTION_WAIT_S_MAX,
        name="auth",
    )
