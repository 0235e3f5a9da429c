"""
Ours: the query service with both doors, as ``python -m query_engine`` opens them, over the table.

``delta`` is the Delta table, ``arrow`` the Arrow file of the same rows.
"""

import sys
from threading import Event

import polars as pl

from benchmarks.doors.table import Stored
from query_engine.doors import Doors
from query_engine.metrics import QueryMetrics
from query_engine.readiness import Readiness
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.tables.foreign import ForeignTables, open_foreign
from query_engine.tables.memory import MemoryTables


def main() -> None:
    """Serve until killed."""
    kind, rows = sys.argv[1], int(sys.argv[2])
    stored = Stored.of(rows)
    settings = QuerySettings(http_port=0, flight_port=0)
    tables = (
        ForeignTables({"events": open_foreign("events", str(stored.delta))})
        if kind == "delta"
        else MemoryTables({"events": pl.scan_ipc(stored.arrow)})
    )
    service = QueryService(tables, settings, QueryMetrics())
    doors = Doors(service, Readiness(lambda: None), settings)
    print(doors.flight_port, doors.http_port, flush=True)
    Event().wait()


if __name__ == "__main__":
    sys.tracebacklimit = 0
    main()
