"""
A definition made into a view: what its SELECT reads, yields and means is found out from its text.

Rule: a text that comes through here gives a view whose rows are those of the SELECT over all
acknowledged events, whatever was built when. What cannot promise that is refused, with its place.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import polars as pl

from assets.plan import rows_of
from assets.views.catalog import Views
from assets.views.view import TIME, Column, Sources, View
from query_engine.defined.columns import MEANT, columns_of, source_column, unchanged, view_of
from query_engine.defined.definition import AUTO, Definition, Found, WrongOption
from query_engine.defined.frames import PartialCatalog, SourceCatalog
from query_engine.defined.merging import Grouping, automatic, given, grouping
from query_engine.defined.origins import Origin, origins
from query_engine.defined.select import Plan, Select, bound_select
from query_engine.defined.shape import check_repeatable, check_row_by_row
from query_engine.sql.dialect import tokenize
from query_engine.sql.errors import SqlError
from query_engine.sql.positions import Source


@dataclass(frozen=True, slots=True, eq=False)
class _Build:
    """Builds rows of a view from rows of its sources."""

    plan: Plan
    schema: pl.Schema

    def __call__(self, sources: Sources) -> pl.LazyFrame:
        return self.plan.over(sources, self.schema)


@dataclass(frozen=True, slots=True, eq=False)
class _Merge:
    """Makes whole rows of partial ones."""

    plan: Plan
    schema: pl.Schema

    def __call__(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return self.plan.over({PartialCatalog.NAME: rows}, self.schema)


def compiled(definition: Definition, views: Views, *, before: str = "") -> View:
    """
    Return the view that a definition means, with a table of its own name.

    Args:
        definition: What the operator says.
        views: The views that it may be built from.
        before: Text of the same length and lines as what stands before the SELECT in its file or
            statement, so that errors name the place there.

    Raises:
        SqlError: The SELECT cannot be a view; placed.
        WrongOption: An option does not fit the SELECT.
    """
    select = bound_select(Source(before + definition.sql), SourceCatalog(views))
    check_repeatable(select)
    columns = columns_of(select)
    schema = pl.Schema({column.name: column.dtype for column in columns})
    merge, keys = _merge(definition, select, schema)
    times = _times(definition, select, keys)
    sources = {table.name: table.view for table in select.tables if table.view is not None}
    _check_one_kind(select, sources)
    view = View(
        name=definition.name,
        doc=definition.doc or f"Defined by an operator over {', '.join(sources)}.",
        columns=columns,
        time_column=times.time.name,
        end_column=times.end,
        bin_width=times.bin_width,
        early=times.early,
        sources=tuple(sources),
        inputs=sources,
        build=_Build(Plan.of(select.relation, select.columns), schema),
        merge=None if merge is None else _Merge(merge, schema),
        definition=_meaning(definition),
    )
    return replace(
        view,
        sort_by=_sort_by(definition, select, view, sources),
        found_by=_found_by(definition, select, view, sources),
    )


@dataclass(frozen=True, slots=True)
class _Times:
    """How a view's rows lie in time."""

    time: Column
    end: str | None
    bin_width: timedelta
    early: bool


def _merge(
    definition: Definition, select: Select, schema: pl.Schema
) -> tuple[Plan | None, Grouping | None]:
    if not definition.merge:
        check_row_by_row(select, select.relation)
        return None, None
    if definition.merge.lower() == AUTO:
        keys = grouping(select, strict=True)
        return automatic(select, schema), keys
    keys = grouping(select, strict=False)
    try:
        plan, merged = given(Source(definition.merge), schema)
    except SqlError as error:
        raise WrongOption("merge", f"the merge SELECT: {error}") from None
    if merged.key_names != keys.key_names:
        wanted = ", ".join(sorted(keys.key_names))
        raise WrongOption("merge", f"the merge SELECT groups by other columns than {wanted}")
    return plan, keys


def _times(definition: Definition, select: Select, keys: Grouping | None) -> _Times:
    """Find the time column and the end column, and how they bound events."""
    known = {column.name: column for column in columns_of(select)}
    times = {item.name: _event_times(select, item.name) for item in select.columns}
    candidates = [name for name, traced in times.items() if traced]
    begins = [n for n in candidates if all(_is_begin(one) for one in times[n])]
    name = definition.time_column or (begins or candidates or [""])[0]
    if name not in known:
        told = f"no column is called {name}" if name else "no column is an event time"
        raise WrongOption(
            "time_column", f"{told}: select the time of the source, or a bin of it (date_bin)"
        )
    if not times[name]:
        raise WrongOption(
            "time_column",
            f"{name} is computed: the time column is a time column of the source, or a bin of it"
            " (date_bin, date_trunc)",
        )
    _check_keys(select, name, keys)
    end = _end(definition, select, times)
    spans = [one for one in times[name] if view_of(one).end_column and _is_begin(one)]
    width = max(one.bin_width for one in times[name])
    return _Times(known[name], end, width, early=bool(spans))


def _event_times(select: Select, name: str) -> tuple[Origin, ...]:
    """Return what a column is a time of, if it is one of the sources' event times or a bin."""
    item = next(one for one in select.columns if one.name == name)
    if item.column.dtype != TIME:
        return ()
    traced = origins(select.relation, item.column)
    ours = all(one.column in {view_of(one).time_column, view_of(one).end_column} for one in traced)
    return traced if ours else ()


def _is_begin(origin: Origin) -> bool:
    return origin.column == view_of(origin).time_column


def _check_keys(select: Select, time_column: str, keys: Grouping | None) -> None:
    """What scans leave out rows by, before they are merged, tells groups apart."""
    if keys is None:
        return
    for name in (time_column, *MEANT):
        if any(item.name == name for item in select.columns) and name not in keys.key_names:
            raise WrongOption("time_column", f"{name} of a rollup is a key of its GROUP BY")


def _end(
    definition: Definition, select: Select, times: Mapping[str, tuple[Origin, ...]]
) -> str | None:
    name = definition.end_column
    if not name:
        return None
    traced = times.get(name, ())
    origin = unchanged(select, name)
    if definition.merge:
        raise WrongOption("end_column", "rows of a rollup have no end")
    if origin is None or not traced or any(o.column != view_of(o).end_column for o in traced):
        raise WrongOption("end_column", f"{name} is not the end column of the source")
    return name


def _check_one_kind(select: Select, sources: Mapping[str, View]) -> None:
    kinds = {rows_of(view) for view in sources.values()}
    if len(kinds) > 1:
        raise select.problem(
            f"{' and '.join(sources)} are made of different events: a view is built from one kind",
            0,
            "define a view for each, and write UNION ALL in the query",
        )


def _sort_by(
    definition: Definition, select: Select, view: View, sources: Mapping[str, View]
) -> tuple[str, ...]:
    if definition.sort_by:
        for name in definition.sort_by:
            dtype = view.schema.get(name)
            if dtype is None or dtype.is_nested() or dtype == pl.Binary():
                raise WrongOption("sort_by", f"{name} is no column that rows can be sorted by")
        return definition.sort_by
    source = next(iter(sources.values()))
    same = [unchanged(select, name) for name in source.sort_by if name in view.schema]
    if len(same) == len(source.sort_by) and all(
        one is not None and one.column == name
        for one, name in zip(same, source.sort_by, strict=True)
    ):
        return source.sort_by
    return (view.time_column,)


def _found_by(
    definition: Definition, select: Select, view: View, sources: Mapping[str, View]
) -> tuple[Found, ...]:
    if definition.found_by is None:
        return tuple(
            one
            for one in next(iter(sources.values())).found_by
            if (origin := unchanged(select, one if isinstance(one, str) else one[0])) is not None
            and source_column(origin).name == (one if isinstance(one, str) else one[0])
        )
    for one in definition.found_by:
        name = one if isinstance(one, str) else one[0]
        wanted = pl.String() if isinstance(one, str) else pl.Map(pl.String(), pl.String())
        if view.schema.get(name) != wanted:
            raise WrongOption("found_by", f"{name} is no column that files can be looked up by")
    return definition.found_by


def _meaning(definition: Definition) -> str:
    """Return what changes when rows come out otherwise; blanks and comments do not count."""
    words = [
        [(token.token_type.name, token.text) for token in tokenize(Source(text))]
        for text in (definition.sql, definition.merge)
        if text and text.lower() != AUTO
    ]
    merged = definition.merge.lower() == AUTO
    text = repr((words, merged, definition.time_column, definition.end_column))
    return hashlib.sha256(text.encode()).hexdigest()
