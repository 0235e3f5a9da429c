"""processes: those that are known already stay as they are."""

from collections.abc import Sequence

from assets.storage.bulk import BulkStore
from assets.storage.metadata.records import ProcessRecord
from assets.views.processes import PROCESSES as VIEW
from query_engine.ingest.columns import integer, parent, properties, text, time, uuid
from query_engine.ingest.table import IngestTable, Row


def store(lake: BulkStore, rows: Sequence[Row]) -> int:
    """Add the processes."""
    records = {row["process_id"]: _record(row) for row in reversed(rows)}
    lake.add_processes(list(records.values()))
    return 0


def _record(row: Row) -> ProcessRecord:
    return ProcessRecord(
        process_id=row["process_id"],
        exe=row["exe"],
        username=row["username"],
        realname=row["realname"],
        computer=row["computer"],
        distro=row["distro"],
        cpu_brand=row["cpu_brand"],
        tsc_frequency=row["tsc_frequency"],
        start_time_ns=row["start_time"],
        start_ticks=row["start_ticks"],
        parent_process_id=row["parent_process_id"],
        properties=row["properties"],
    )


PROCESSES = IngestTable(
    name="processes",
    doc="Processes; one that is known stays as it is.",
    columns=(
        uuid("process_id"),
        text("exe"),
        text("username"),
        text("realname"),
        text("computer"),
        text("distro"),
        text("cpu_brand"),
        integer("tsc_frequency", 0),
        time("start_time"),
        integer("start_ticks"),
        parent("parent_process_id"),
        properties("properties"),
    ),
    ignored=frozenset(column.name for column in VIEW.columns),
    store=store,
)
