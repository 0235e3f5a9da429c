"""Every view keeps the promises that its fields make."""

import polars as pl
import pytest

from assets.decode.rows import BLOCK_COLUMNS, ROWS
from assets.errors import NotFound
from assets.views.catalog import LIVE_VIEWS, VIEWS, view_named
from assets.views.view import View


def empty_sources(view: View) -> dict[str, pl.LazyFrame]:
    """Return an empty frame for each source, as materialize would hand it to build."""
    frames = {}
    for source in view.sources:
        kind, _, tag = source.partition(":")
        schema = (
            pl.Schema({**ROWS[tag], **BLOCK_COLUMNS})
            if kind == "blocks"
            else view_named(source).schema
        )
        frames[source] = schema.to_frame().lazy()
    return frames


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.name)
def test_build_gives_exactly_the_declared_columns(view: View) -> None:
    """
    What SQL is told about a view is what its rows have, in that order and with those types.
    """
    rows = view.build(empty_sources(view))
    assert rows.collect_schema() == view.schema
    if view.merge is not None:
        assert view.merge(rows).collect_schema() == view.schema


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.name)
def test_fields_name_columns_that_exist(view: View) -> None:
    """
    A view sorts and filters by columns of its own; a source stands before the view that uses it.
    """
    for name in (*view.sort_by, view.time_column, view.end_column or view.time_column):
        assert name in view.schema
    before = VIEWS[: VIEWS.index(view)]
    for source in view.sources:
        assert source.startswith("blocks:") or source in {v.name for v in before}


@pytest.mark.parametrize("view", LIVE_VIEWS, ids=lambda v: v.name)
def test_live_views_declare_native_types_of_their_own_columns(view: View) -> None:
    """
    A conversion for a column that does not exist would silently not happen.
    """
    assert set(view.native) <= set(view.schema)
    assert {view.time_column, view.end_column or view.time_column} <= set(view.schema)


@pytest.mark.parametrize("view", [*VIEWS, *LIVE_VIEWS], ids=lambda v: v.name)
def test_every_column_has_a_sentence(view: View) -> None:
    """
    The reference page is generated: a column without a doc would be a hole in it.
    """
    assert view.doc.endswith(".")
    assert all(column.doc for column in view.columns)
    names = [column.name for column in view.columns]
    assert len(names) == len(set(names))


def test_an_unknown_view_is_answered_with_the_known_ones() -> None:
    """
    A typo is answered with what there is.
    """
    with pytest.raises(NotFound, match="log_entries"):
        view_named("logs")


def test_a_changed_column_changes_the_fingerprint() -> None:
    """
    Dagster shows a new code version when a view's shape changes.
    """
    assert len({view.fingerprint for view in VIEWS}) == len(VIEWS)
