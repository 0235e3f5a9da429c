"""What can be said of a query under way: the row of it in ``system.queries``, and its progress."""

import polars as pl

from query_engine.running import RunningQuery
from query_engine.times import rfc3339

STATUS = pl.Schema(
    {
        "query_id": pl.String(),
        "started": pl.Datetime("ns", "UTC"),
        "state": pl.String(),
        "user": pl.String(),
        "client": pl.String(),
        "client_ip": pl.String(),
        "door": pl.String(),
        "sql": pl.String(),
        "building": pl.String(),
        "build_hours_done": pl.Int64(),
        "build_hours_total": pl.Int64(),
        "slices_done": pl.Int64(),
        "slices_total": pl.Int64(),
        "files_done": pl.Int64(),
        "files_total": pl.Int64(),
        "files_pruned": pl.Int64(),
        "tail_blocks": pl.Int64(),
        "rows_total": pl.Int64(),
        "bytes_total": pl.Int64(),
        "read_bytes": pl.Int64(),
        "output_rows": pl.Int64(),
        "output_bytes": pl.Int64(),
        "memory_bytes": pl.Int64(),
        "peak_memory_bytes": pl.Int64(),
    }
)


def status_of(query: RunningQuery) -> dict[str, object]:
    """Return what is known of a query now."""
    progress, usage, filling = query.progress, query.usage, query.filling
    progress.sample(usage.pid)
    return {
        "query_id": query.query_id,
        "started": query.started_ns,
        "state": query.state,
        "user": query.who.user,
        "client": query.who.client,
        "client_ip": query.who.client_ip,
        "door": query.door,
        "sql": query.sql,
        "building": filling and filling.told,
        "build_hours_done": filling and filling.hours_done,
        "build_hours_total": filling and filling.hours_total,
        "slices_done": progress.slices_done,
        "slices_total": progress.slices_total,
        "files_done": progress.files_done,
        "files_total": progress.files_total,
        "files_pruned": progress.files_pruned,
        "tail_blocks": progress.tail_blocks,
        "rows_total": progress.rows_total,
        "bytes_total": progress.bytes_total,
        "read_bytes": usage.read_bytes,
        "output_rows": query.rows,
        "output_bytes": query.bytes,
        "memory_bytes": usage.memory_bytes,
        "peak_memory_bytes": usage.peak_bytes,
    }


def progress_of(query: RunningQuery) -> dict[str, object]:
    """
    Return the same for clients that follow a query, as JSON can say it.

    ``started`` is RFC 3339 text, ``seconds`` counts from then; once it has ended, ``state`` is
    ``ended`` and ``status`` says how: ``ok`` or an error's code.
    """
    ended = {"state": "ended"} if query.outcome else {}
    return {
        **status_of(query),
        **ended,
        "started": rfc3339(query.started_ns),
        "seconds": round(query.timing.seconds, 3),
        "status": query.outcome or None,
    }
