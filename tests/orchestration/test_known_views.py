"""Views that operators define are assets like ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import dagster as dg
import psycopg
import pytest
from psycopg import Connection

from assets.errors import StorageUnavailable
from assets.storage.metadata.session import outages_translated
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from assets.views.physical import table_spec
from orchestration.hours import hourly_partitions, key_of
from orchestration.known_views import KnownViews, views_at_load
from orchestration.lake_resource import LakeResource
from orchestration.view_assets import Shown, view_assets
from query_engine.defined.changes import define, drop
from query_engine.defined.definition import Definition
from tests.orchestration.log_sender import Sender

SQL = "SELECT date_trunc('hour', time) AS hour, count(*) AS n FROM log_entries GROUP BY 1"


@pytest.fixture
def defined(sender: Sender) -> Sender:
    """Return a sender to a lake in which a view is defined."""
    definition = Definition.of_options("hourly", SQL, {"merge": "auto"})
    with sender.lake.connection() as conn:
        define(conn, definition, "sql", replaces=False)
    return sender


def test_a_code_location_shows_what_is_defined_and_builds_it(
    defined: Sender, this_hour: datetime
) -> None:
    """
    An asset with its source upstream; a run of an hour brings the table up to date.
    """
    defined.send(2)
    views = views_at_load()
    view = views.named("hourly")
    assets = view_assets(views.materialized, hourly_partitions(this_hour), Shown())
    asset = next(
        one for one in assets
        if isinstance(one, dg.AssetsDefinition) and one.key == dg.AssetKey("hourly")
    )  # fmt: skip
    assert asset.dependency_keys == {dg.AssetKey("log_entries")}
    result = dg.materialize(
        [asset], partition_key=key_of(this_hour), resources={"lake": LakeResource()}
    )
    assert result.success
    snapshot = TableCache().snapshot(defined.lake, table_spec(view))
    assert snapshot.files["num_records"].to_list() == [1]


def test_what_is_defined_later_is_known_at_the_next_call(defined: Sender) -> None:
    """
    Sensors and maintenance live long.
    """
    known = KnownViews(defined.lake.connection)
    assert known().find("hourly") is not None
    with defined.lake.connection() as conn:
        drop(conn, "hourly")
    assert known() is BUILT_IN


def test_a_first_look_that_fails_is_no_lake_without_views_of_its_own(defined: Sender) -> None:
    """
    Retention would go by our views alone; the next call asks again, and then they are known.
    """
    answers = iter([False, True, False])

    @contextmanager
    def connect() -> Iterator[Connection]:
        with defined.lake.connection() if next(answers) else refused() as conn:
            yield conn

    known = KnownViews(connect)
    with pytest.raises(StorageUnavailable, match="could not be read yet; try again: Postgres"):
        known()
    assert known().find("hourly") is not None
    assert known().find("hourly") is not None, "what was known stays known"


@contextmanager
def refused() -> Iterator[Connection]:
    """Fail as a connection to a Postgres that is not there."""
    with outages_translated(), psycopg.connect("postgresql://nobody@127.0.0.1:1/none") as conn:
        yield conn


def test_without_postgres_our_own_views_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The UI comes up and says what is wrong.
    """
    monkeypatch.setenv("LIMNO_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("LIMNO_ROOT_URI", "file:///nowhere")
    assert views_at_load() is BUILT_IN
