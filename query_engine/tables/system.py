"""
The schema ``system``: the queries that run, and those that have ended.

``system.queries`` is what this service does now. ``system.query_log`` reads the audit records
out of the telemetry that the services themselves send, so it knows queries of all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson
import polars as pl

from assets.views.log_entries import LOG_ENTRIES
from query_engine.audit import TARGET
from query_engine.sql.catalog import ColumnPredicate, ScanRequest, Table
from query_engine.sql.errors import UnknownTable
from query_engine.status import STATUS, status_of
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

NAME = "system"
TIME = pl.Datetime("ns", "UTC")
TEXT, WHOLE, NUMBER = pl.String(), pl.Int64(), pl.Float64()

RECORD = pl.Schema(
    {
        "query_id": TEXT,
        "client_ip": TEXT,
        "client": TEXT,
        "agent": TEXT,
        "entrypoint": TEXT,
        "session": TEXT,
        "notebook": TEXT,
        "cell": TEXT,
        "user": TEXT,
        "email": TEXT,
        "name": TEXT,
        "service_account": pl.Boolean(),
        "service_account_name": TEXT,
        "sql": TEXT,
        "range_begin": TEXT,
        "range_end": TEXT,
        "limit": WHOLE,
        "context_init_ms": NUMBER,
        "planning_ms": NUMBER,
        "execution_ms": NUMBER,
        "setup_ms": NUMBER,
        "total_ms": NUMBER,
        "status": TEXT,
        "error": TEXT,
        "error_class": TEXT,
        "output_rows": WHOLE,
        "bytes_scanned": WHOLE,
        "peak_memory_bytes": WHOLE,
        "sql_hash": TEXT,
    }
)
"""Fields of the audit record, in the order in which ``system.query_log`` shows them."""

QUERY_LOG = pl.Schema({"time": TIME, "process_id": TEXT, **RECORD})


@dataclass(frozen=True, slots=True)
class SystemSchema:
    """The tables of the schema, as of a session; without one they have no rows."""

    session: QuerySession | None = None

    def table(self, name: str) -> Table:
        """Return one of the tables; raises UnknownTable."""
        if name not in TABLES:
            known = ", ".join(TABLES)
            raise UnknownTable(f'there is no table "{NAME}.{name}"', hint=f"there are {known}")
        schema, rows = TABLES[name]
        return SystemTable(self.session, f"{NAME}.{name}", schema, rows)

    def table_names(self) -> Sequence[str]:
        """Every table of the schema."""
        return tuple(TABLES)


@dataclass(frozen=True, slots=True)
class SystemTable:
    """One table of the schema."""

    session: QuerySession | None
    name: str
    schema: pl.Schema
    rows: Callable[[QuerySession, ScanRequest], pl.LazyFrame]

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request."""
        if self.session is None:
            return self.schema.to_frame().lazy()
        return self.rows(self.session, request)


def queries(session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
    """Return one row for each query that this service has under way, the asking one included."""
    rows = [status_of(query) for query in session.caches.running.seen_by(session.reader)]
    return session.scratch.frame(pl.DataFrame(rows, schema=STATUS, orient="row"))


def query_log(session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
    """Return the audit records within the call's time range, whichever service wrote them."""
    passed_on = tuple(p for p in request.predicates if p.column in {"time", "process_id"})
    wanted = ScanRequest(
        columns=frozenset({"time", "process_id", "target", "msg"}),
        predicates=(*passed_on, ColumnPredicate("target", "=", TARGET)),
    )
    entries = ViewTable(session, LOG_ENTRIES).scan(wanted).filter(pl.col("target") == TARGET)
    fields = pl.col("msg").map_batches(parsed, return_dtype=pl.Struct(RECORD), is_elementwise=True)
    found = entries.select("time", "process_id", fields.alias("record"))
    return found.filter(pl.col("record").is_not_null()).unnest("record")


def parsed(messages: pl.Series) -> pl.Series:
    """Return the record in each message; NULL where there is none."""
    kinds: Mapping[str, type | tuple[type, ...]] = {
        name: bool if dtype == pl.Boolean else str if dtype == TEXT else (int, float)
        for name, dtype in RECORD.items()
    }
    rows: list[dict[str, object] | None] = []
    for text in messages.to_list():
        try:
            found = orjson.loads(text or "")
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            rows.append(None)
            continue
        kept = {name: found.get(name) for name in RECORD}
        rows.append({n: v if isinstance(v, kinds[n]) else None for n, v in kept.items()})
    return pl.Series(messages.name, rows, dtype=pl.Struct(RECORD), strict=False)


TABLES: Mapping[str, tuple[pl.Schema, Callable[[QuerySession, ScanRequest], pl.LazyFrame]]] = {
    "queries": (STATUS, queries),
    "query_log": (QUERY_LOG, query_log),
}
