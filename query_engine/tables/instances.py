"""
One process or one stream of a view, and the spans of a process.

Rule: the arguments are checked before anything is read, and a name or an id that does not exist is
an error, not an empty result.
"""

import logging
from dataclasses import dataclass

import polars as pl

from assets.errors import NotFound
from assets.materialize import ensure_materialized
from assets.storage.metadata.blocks import process_infos, stream_infos
from assets.storage.tables import WriteConflict
from assets.views.catalog import VIEWS, view_named
from assets.views.view import View
from query_engine.sql.catalog import ScanRequest
from query_engine.tables.scan import ViewTable
from query_engine.tables.session import QuerySession

log = logging.getLogger(__name__)

INSTANCE_SETS = tuple(view.name for view in VIEWS if view.merge is None)
"""Views that `view_instance` opens; a rollup has no instances."""

SPANS = view_named("thread_spans")
SPAN_KINDS = ("thread",)
_SPANS_FIRST = ("stream_id", "thread_name")


@dataclass(frozen=True, slots=True)
class Instance:
    """
    What a table function call asks for, checked but not looked up.

    Attributes:
        id: Process or stream, lower-case UUID text; "" is every process.
        by_stream: The id is a stream's.
        spans_of_process: The call is `process_spans`: thread columns come first.
    """

    view: View
    id: str
    by_stream: bool = False
    spans_of_process: bool = False

    @property
    def schema(self) -> pl.Schema:
        """Columns of the function's rows."""
        names = self.view.schema.names()
        if self.spans_of_process:
            names = [*_SPANS_FIRST, *(name for name in names if name not in _SPANS_FIRST)]
        return pl.Schema({name: self.view.schema[name] for name in names})

    def scan(self, session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows that can satisfy the request."""
        table = open_instance(session, self)
        return table.scan(request).select(self.schema.names())


def open_instance(session: QuerySession, instance: Instance) -> ViewTable:
    """
    Look the process or stream up and return its table, materialized first if its tail is large.

    Raises:
        NotFound: There is no such process or stream.
    """
    process_id, stream_id = _resolved(session, instance)
    table = ViewTable(session, instance.view, process_id or None, stream_id)
    if instance.view.scope == "process" and not session.is_pinned(instance.view, process_id):
        _catch_up(session, instance.view, process_id)
    return table


def _resolved(session: QuerySession, instance: Instance) -> tuple[str, str | None]:
    """Return process and stream of an instance; the process is "" for all of them."""
    if not instance.id:
        return "", None
    with session.metadata() as connection:
        if instance.by_stream:
            streams = stream_infos(connection, [instance.id])
            if instance.id not in streams:
                raise NotFound(f"there is no stream {instance.id}")
            return streams[instance.id].process_id, instance.id
        if instance.id not in process_infos(connection, [instance.id]):
            raise NotFound(f"there is no process {instance.id}")
    return instance.id, None


def _catch_up(session: QuerySession, view: View, process_id: str) -> None:
    """Materialize a process's tail when it is too long to be decoded for every query."""
    caches, time_range = session.caches, session.time_range
    try:
        ensure_materialized(
            caches.lake,
            view,
            caches.snapshots,
            process_id,
            begin_ns=time_range.begin_ns if time_range else None,
            cache=caches.decoded,
        )
    except WriteConflict as conflict:
        # Somebody else is at it. The tail gives the same rows, only slower.
        log.warning("%s of process %s stays tail: %s", view.name, process_id, conflict)
