"""
One process or one stream of a view.

Rule: the arguments are checked before anything is read, and a name or an id that does not exist is
an error, not an empty result.
"""

from dataclasses import dataclass

import polars as pl

from assets.errors import NotFound
from assets.storage.metadata.blocks import process_infos, stream_infos
from assets.views.catalog import Views
from assets.views.thread_spans import THREAD_SPANS
from assets.views.view import View
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

SPANS = THREAD_SPANS


def instance_sets(views: Views) -> tuple[View, ...]:
    """Return what `view_instance` opens; a rollup has no instances."""
    return tuple(
        view for view in views.materialized if view.merge is None and "process_id" in view.schema
    )


@dataclass(frozen=True, slots=True)
class Instance:
    """
    What a table function call asks for, checked but not looked up.

    Attributes:
        id: Process or stream, lower-case UUID text; "" is every process.
        by_stream: The id is a stream's.
    """

    view: View
    id: str
    by_stream: bool = False

    @property
    def schema(self) -> pl.Schema:
        """Columns of the function's rows."""
        return self.view.schema

    def scan(self, session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request."""
        table = open_instance(session, self)
        return table.scan(request).select(self.schema.names())


def open_instance(session: QuerySession, instance: Instance) -> ViewTable:
    """
    Look the process or stream up and return its table.

    Raises:
        NotFound: There is no such process or stream.
    """
    process_id, stream_id = _resolved(session, instance)
    return ViewTable(session, instance.view, process_id or None, stream_id)


def _resolved(session: QuerySession, instance: Instance) -> tuple[str, str | None]:
    """Return process and stream of an instance; the process is "" for all of them."""
    if not instance.id:
        return "", None
    with session.metadata() as connection:
        if instance.by_stream:
            streams = stream_infos(connection, [instance.id], session.audiences)
            if instance.id not in streams:
                raise NotFound(f"there is no stream {instance.id}")
            return streams[instance.id].process_id, instance.id
        if instance.id not in process_infos(connection, [instance.id], session.audiences):
            raise NotFound(f"there is no process {instance.id}")
    return instance.id, None
