"""The query service's own telemetry: what it was asked can be asked for."""

import time
from collections.abc import Callable

import polars as pl
import pytest

import limnograph

pytestmark = pytest.mark.slow

WAIT_S = 60.0


def test_queries_are_in_the_log_that_queries_read(
    start_services: Callable[..., dict[str, str]],
) -> None:
    """
    Each ended query is one row of system.query_log soon after, with who, how long and how it ended.
    """
    services = start_services(telemetry=True)
    with limnograph.connect(services["http"]) as lake:
        assert lake.query("SELECT 41 + 1 AS answer").polars()["answer"].to_list() == [42]
        with pytest.raises(limnograph.QueryError):
            lake.query("SELECT nothing FROM log_entries")
        wanted = """
            SELECT sql, status, error_class, output_rows, total_ms > 0 AS timed, client_ip
            FROM system.query_log WHERE sql NOT LIKE '%query_log%' ORDER BY time
        """
        deadline = time.monotonic() + WAIT_S
        rows = pl.DataFrame()
        while rows.height < 2 and time.monotonic() < deadline:
            rows = lake.query(wanted).polars()
            time.sleep(0.2)
    assert rows.rows() == [
        ("SELECT 41 + 1 AS answer", "ok", None, 1, True, "127.0.0.1"),
        ("SELECT nothing FROM log_entries", "error", "user", 0, True, "127.0.0.1"),
    ]
