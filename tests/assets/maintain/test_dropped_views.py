"""Tables of dropped views go some time later, and nothing else does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from assets.maintain.dropped_views import DROPPED_VIEWS
from assets.maintain.task import Site, run
from assets.storage.layout import table_key
from assets.storage.metadata.defined_views import changing, drop_view, put_view, table_name
from assets.storage.tables import TableCache, ensure_table
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec

DAY = timedelta(days=1)


def defined(filled, name: str, **columns: str) -> int:
    """Define a view as far as the metadata go, with a table; return the table's number."""
    with filled.lake.connection() as conn, changing(conn):
        number = put_view(conn, name, "sql", {}, columns)
    spec = table_spec(LOG_ENTRIES)
    ensure_table(filled.lake, replace(spec, name=table_name(name, number)))
    return number


def dropped(filled, name: str) -> None:
    """Drop it."""
    with filled.lake.connection() as conn, changing(conn):
        drop_view(conn, name)


def removed(filled, after: timedelta) -> list[str]:
    """Run the task as of a time; return what it did something to."""
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    outcome = run(DROPPED_VIEWS, site, DROPPED_VIEWS.settings(), dry_run=False)
    assert outcome.failed == []
    return [step.subject for step, _ in outcome.done]


def objects_of(filled, table: str) -> int:
    return len(list(filled.lake.objects.list(table_key(table) + "/")))


def test_a_dropped_table_goes_after_a_day_and_the_others_stay(filled):
    """
    Its number is never given again.
    """
    ensure_table(filled.lake, table_spec(LOG_ENTRIES))
    assert defined(filled, "errors", time="timestamp") == 1
    assert defined(filled, "errors_more", time="timestamp") == 1
    dropped(filled, "errors")
    assert removed(filled, timedelta(0)) == []
    assert removed(filled, DAY) == ["errors-1"]
    assert objects_of(filled, "errors-1") == 0
    assert objects_of(filled, "errors_more-1") > 0
    assert objects_of(filled, "log_entries") > 0
    assert removed(filled, 2 * DAY) == []
    assert defined(filled, "errors", time="timestamp") == 2


def test_a_view_that_is_defined_again_in_time_has_its_table_back(filled):
    """
    Dropping by mistake costs nothing within a day.
    """
    assert defined(filled, "errors", time="timestamp") == 1
    dropped(filled, "errors")
    assert defined(filled, "errors", time="timestamp", more="string") == 1
    assert removed(filled, 2 * DAY) == []


def test_a_column_of_another_type_drops_the_table_it_does_not_fit_into(filled):
    """
    The view has a new one at once.
    """
    assert defined(filled, "errors", time="timestamp", level="int32") == 1
    assert defined(filled, "errors", time="timestamp", level="string") == 2
    assert removed(filled, 2 * DAY) == ["errors-1"]
    assert objects_of(filled, "errors-2") > 0
