"""Views as newer programs have them: another version, or a column of another type."""

from dataclasses import replace

import polars as pl

from assets.views.catalog import Views
from assets.views.view import Column, Sources, View

RETYPED = "username"
"""A text column that is sometimes a number; no rollup reads it."""


def with_change(views: Views, name: str, *, retype: bool) -> Views:
    """Return the views with that one changed, and with the rollups that are built from it."""
    view = views.named(name)
    newer = _retyped(view) if retype else replace(view, version=view.version + 1)
    return Views(
        materialized=tuple(
            newer
            if one.name == name
            else replace(one, inputs={**one.inputs, name: newer})
            if name in one.sources
            else one
            for one in views.materialized
        )
    )


def _retyped(view: View) -> View:
    """Return the view with the column in its other type."""
    dtype = pl.Int64() if view.schema[RETYPED] == pl.String() else pl.String()
    seen = pl.col(RETYPED)
    value = (
        seen.str.len_chars() if dtype == pl.Int64() else pl.lit("number ") + seen.cast(pl.String)
    )

    def build(sources: Sources) -> pl.LazyFrame:
        return view.build(sources).with_columns(value.cast(dtype).alias(RETYPED))

    columns = tuple(
        Column(column.name, dtype, column.doc) if column.name == RETYPED else column
        for column in view.columns
    )
    return replace(view, columns=columns, build=build)
