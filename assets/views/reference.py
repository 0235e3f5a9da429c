"""
The reference page of the views, made from the views themselves.

``python -m assets.views.reference > docs/views.md`` brings the page up to date.
"""

import sys
from collections.abc import Iterator

import polars as pl

from assets.decode.rows import EVENTS, EXEMPLARS, HISTOGRAM, LINKS
from assets.views.catalog import LIVE_VIEWS, VIEWS
from assets.views.view import PROPERTIES, TIME, Column, LiveView, View

_TYPES = {
    TIME: "timestamp (ns, UTC)",
    PROPERTIES: "map of text to text",
    pl.String(): "text",
    pl.Boolean(): "boolean",
    pl.Int32(): "int32",
    pl.Int64(): "int64",
    pl.UInt32(): "uint32",
    pl.Float64(): "float64",
    pl.Binary(): "binary",
    pl.List(pl.String()): "list of text",
    pl.List(pl.Int64()): "list of int64",
    pl.List(pl.Float64()): "list of float64",
    HISTOGRAM: "histogram (struct)",
    EVENTS: "list of time, name, attributes",
    LINKS: "list of trace_id, span_id, trace_state, attributes",
    EXEMPLARS: "list of time, value, trace_id, span_id, attributes",
}

_HEAD = """\
# Views

What SQL can ask, made from the code by `python -m assets.views.reference`.

A *materialized* view is a Delta table plus its tail: the blocks that were acknowledged but are not
in the table yet. Every query reads both, so it sees each acknowledged event once, whatever has
been materialized. A *live* view is answered from Postgres at every query.

Views of your own, defined in SQL by a file or by `CREATE MATERIALIZED VIEW`, are views like these:
see [your-views.md](your-views.md).

`begin` and `end` of a query select by the column named under each view, both ends included. A view
kept per process is opened with `view_instance('<view>', '<process or stream id>')`.
"""


def page() -> str:
    """Return the whole page, Markdown."""
    parts = [_HEAD]
    parts += [_view(view) for view in VIEWS]
    parts += [_live_view(view) for view in LIVE_VIEWS]
    return "\n".join(parts)


def _view(view: View) -> str:
    kept = "one process at a time, on demand" if view.scope == "process" else "continuously"
    sources = ", ".join(f"`{source}`" for source in view.sources)
    facts = (
        f"Materialized {kept} from {sources}. {_range(view.time_column, view.end_column)} "
        f"Rows in a file are sorted by {', '.join(f'`{name}`' for name in view.sort_by)}."
    )
    if view.found_by:
        facts += f" Few files are read for given values of {', '.join(_lookups(view))}."
    return "\n".join([f"## {view.name}", "", view.doc, facts, "", *_table(view.columns), ""])


def _lookups(view: View) -> Iterator[str]:
    for one in view.found_by:
        yield f"`{one}`" if isinstance(one, str) else f"`{one[0]}['{one[1]}']`"


def _live_view(view: LiveView) -> str:
    facts = f"Live. {_range(view.time_column, view.end_column)}"
    return "\n".join([f"## {view.name}", "", view.doc, facts, "", *_table(view.columns), ""])


def _range(begin: str, end: str | None) -> str:
    if end is None:
        return f"Range: `{begin}`."
    return f"Range: rows that overlap it, from `{begin}` to `{end}`."


def _table(columns: tuple[Column, ...]) -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in columns:
        yield f"| `{column.name}` | {_TYPES[column.dtype]} | {column.doc} |"


if __name__ == "__main__":
    sys.stdout.write(page())
