"""cancel_query(id): stops a query of this service."""

from dataclasses import dataclass

import polars as pl

from query_engine.sql.catalog import ScanRequest
from query_engine.tables.functions.function import LakeFunction, schema_of, text, uuid_text
from query_engine.tables.session import QuerySession

ROWS = (
    ("query_id", pl.String(), "the query"),
    ("cancelled", pl.Boolean(), "true when it was under way; its CPU stops within a second"),
)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A checked call."""

    query_id: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """Stop the query and say whether there was one."""
        cancelled = session.caches.running.cancel(self.query_id)
        return pl.LazyFrame([(self.query_id, cancelled)], schema=self.schema, orient="row")


def opens(query_id: object) -> Cancellation:
    """Check a call."""
    found = text("cancel_query", "a query id", query_id)
    return Cancellation(uuid_text("query", found))


CANCEL_QUERY = LakeFunction(
    name="cancel_query",
    written="cancel_query('<query_id>')",
    opens=opens,
    counts=range(1, 2),
    doc="Stops a query; system.queries has the ids. Only administrators have it.",
    rows=ROWS,
    admin=True,
)
