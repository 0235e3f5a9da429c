"""Launching hours: what a person gets, what the sensor's runs do, and what one failure costs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import dagster as dg
import pytest

from assets.materialize import materialize, uncovered
from assets.materialize.limits import COMMIT_ROWS_MAX
from assets.storage.layout import Slice
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import Rule, drop_day, set_rule
from assets.storage.tables import TableCache
from assets.views.catalog import VIEWS, view_named
from assets.views.physical import table_spec
from orchestration import run_failures
from orchestration import view_assets as module
from orchestration.hours import hourly_partitions, key_of
from orchestration.lake_resource import LakeResource
from orchestration.run_tags import STOP_AFTER, WORK
from orchestration.settings import FIRST_HOUR
from tests.orchestration.log_sender import Sender, log_payload

HOURS = hourly_partitions(FIRST_HOUR)
LOGS, STATS = view_named("log_entries"), view_named("log_stats")
ASSETS = module.view_assets([LOGS, STATS], HOURS)
INCREMENT = {WORK: "increment"}


def launch(
    hours: list[datetime], tags: Mapping[str, str] | None = None, **options: object
) -> dg.ExecuteInProcessResult:
    """Run the assets over a range of hours, as the UI does."""
    keys = {
        "dagster/asset_partition_range_start": key_of(hours[0]),
        "dagster/asset_partition_range_end": key_of(hours[-1]),
    }
    return dg.materialize(
        ASSETS, tags=keys | dict(tags or {}), resources={"lake": LakeResource()}, **options
    )


def events(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, dict[str, object]]:
    """Return each hour's recorded metadata."""
    found = {}
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key == dg.AssetKey(asset):
            one = event.step_materialization_data.materialization
            found[one.partition] = {name: value.value for name, value in one.metadata.items()}
    return found


def stored_rows(sender: Sender) -> int:
    """Return how many log rows the table holds."""
    snapshot = TableCache().snapshot(sender.lake, table_spec(LOGS))
    return int(snapshot.files["num_records"].sum())


def test_launching_an_hour_builds_it_and_says_what_is_in_it(
    sender: Sender, this_hour: datetime
) -> None:
    """
    The UI shows rows, bytes and blocks of the hour that was launched, for the view and its rollup.
    """
    sender.send(3)
    sender.send(4)
    result = launch([this_hour])
    hour = events(result, "log_entries")[key_of(this_hour)]
    assert hour["dagster/partition_row_count"] == hour["dagster/row_count"] == 7
    assert hour["run blocks"] == hour["hour blocks acknowledged"] == 2
    assert hour["hour bytes"] > 0
    assert hour["run quarantined"] == 0
    assert hour["dagster/uri"] == sender.lake.table_uri("log_entries")
    assert events(result, "log_stats")[key_of(this_hour)]["dagster/partition_row_count"] == 1


def test_launching_an_hour_shows_when_its_events_came_and_the_newest_rows(
    sender: Sender, this_hour: datetime
) -> None:
    """
    Somebody who wonders whether an hour is whole sees a plot, and rows, without a query.
    """
    hours = [this_hour - timedelta(hours=n) for n in (3, 2)]
    sender.send(3, hour=hours[0])
    sender.send(4, hour=hours[1])
    recorded = events(launch(hours), "log_entries")
    older, newer = (recorded[key_of(hour)] for hour in hours)
    assert "3 events arrived" in older["events per minute"]
    assert "4 events arrived" in newer["events per minute"]
    assert "](data:image/png;base64," in newer["events per minute"]
    assert "event 3" in newer["newest rows"]
    assert "newest rows" not in older


def test_rows_are_not_shown_where_that_is_switched_off(sender: Sender, this_hour: datetime) -> None:
    """
    Then Dagster's database has numbers only.
    """
    sender.send(3)
    assets = module.view_assets([LOGS], HOURS, module.Shown(previews=False))
    result = dg.materialize(
        assets, partition_key=key_of(this_hour), resources={"lake": LakeResource()}
    )
    hour = events(result, "log_entries")[key_of(this_hour)]
    assert "newest rows" not in hour
    assert "events per minute" in hour


def test_a_picture_that_cannot_be_made_fails_no_run(
    sender: Sender, this_hour: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What people look at is worth less than what the table holds.
    """
    monkeypatch.setattr("orchestration.plots.PLOT_BYTES_MAX", 10)
    sender.send(3)
    result = launch([this_hour])
    assert result.success
    hour = events(result, "log_entries")[key_of(this_hour)]
    assert hour["dagster/partition_row_count"] == 3
    assert "events per minute" not in hour


def test_launching_an_hour_again_rebuilds_it(sender: Sender, this_hour: datetime) -> None:
    """
    Who launches an hour that is there wants it made anew: all blocks are decoded, no row doubles.
    """
    sender.send(5)
    launch([this_hour])
    again = events(launch([this_hour]), "log_entries")[key_of(this_hour)]
    assert again["run blocks"] == 1
    assert again["dagster/row_count"] == 5
    assert stored_rows(sender) == 5


def test_a_run_of_the_sensor_only_adds_what_is_missing(sender: Sender, this_hour: datetime) -> None:
    """
    Increments read each block once; repeating the run changes nothing.
    """
    sender.send(5)
    launch([this_hour], INCREMENT)
    sender.send(2)
    second = events(launch([this_hour], INCREMENT), "log_entries")[key_of(this_hour)]
    assert (second["run blocks"], second["dagster/row_count"]) == (1, 7)
    third = events(launch([this_hour], INCREMENT), "log_entries")[key_of(this_hour)]
    assert (third["run blocks"], third["run commits"], third["dagster/row_count"]) == (0, 0, 7)


def test_one_run_covers_many_hours_and_reports_each(sender: Sender, this_hour: datetime) -> None:
    """
    A backfill is one run; every hour of it gets its own facts, empty ones too.
    """
    hours = [this_hour - timedelta(hours=n) for n in (4, 3, 2)]
    sender.send(3, hour=hours[0])
    sender.send(2, hour=hours[2])
    recorded = events(launch(hours), "log_entries")
    assert {key: facts["dagster/partition_row_count"] for key, facts in recorded.items()} == {
        key_of(hours[0]): 3,
        key_of(hours[1]): 0,
        key_of(hours[2]): 2,
    }


def test_a_changed_view_says_how_far_it_is_rebuilt(sender: Sender, this_hour: datetime) -> None:
    """
    In the UI too: an hour was launched, the other one is still of the older version.
    """
    hours = [this_hour - timedelta(hours=n) for n in (4, 2)]
    for hour in hours:
        sender.send(3, hour=hour)
    materialize(sender.lake, replace(LOGS, version=0), TableCache())
    facts = events(launch(hours[1:]), "log_entries")[key_of(hours[1])]
    assert str(facts["of an older version"]).startswith("1 of 2 slices are rebuilt")
    facts = events(launch(hours[:1]), "log_entries")[key_of(hours[0])]
    assert "of an older version" not in facts


@pytest.mark.parametrize("tags", [None, INCREMENT], ids=["rebuild", "increment"])
def test_an_hour_that_cannot_be_built_costs_no_other_hour(
    sender: Sender, this_hour: datetime, tags: Mapping[str, str] | None
) -> None:
    """
    With an object gone its hour fails, by name and with the reason; the others are built and
    recorded.
    """
    hours = [this_hour - timedelta(hours=n) for n in (4, 3, 2)]
    lost = [sender.send(2, hour=hour) for hour in hours][1]
    sender.lake.objects.delete([lost])
    with dg.DagsterInstance.ephemeral() as instance:
        result = launch(hours, tags, raise_on_error=False, instance=instance)
        recorded = instance.get_materialized_partitions(dg.AssetKey("log_entries"))
    assert not result.success
    assert recorded == {key_of(hours[0]), key_of(hours[2])}
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_failure_data.error is not None
    text = failure.step_failure_data.error.to_string()
    assert key_of(hours[1]) in text
    assert lost in text
    assert stored_rows(sender) == 4


def test_a_block_that_nobody_can_decode_fails_no_run(sender: Sender, this_hour: datetime) -> None:
    """
    Corrupt blocks are quarantined and counted; the hour's other blocks are there.
    """
    sender.send(2)
    sender.send(2, payload=b"not a block")
    hour = events(launch([this_hour]), "log_entries")[key_of(this_hour)]
    assert (hour["run quarantined"], hour["dagster/row_count"]) == (1, 2)


def test_storage_that_comes_back_costs_a_retry_not_the_run(
    sender: Sender, this_hour: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A step meets a dead connection, waits, tries again and succeeds.
    """
    monkeypatch.setattr(run_failures, "STEP_RETRY_WAIT_S", 0)
    sender.send(3)
    opened = LakeResource().open()
    with sender.lake.connection() as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert opened is LakeResource().open()
    result = launch([this_hour])
    assert result.success
    assert stored_rows(sender) == 3


def test_waits_between_retries_double() -> None:
    """
    Storage that is down for a minute is not hammered, and not given up at once.
    """
    waits = [run_failures.retry_later(n).seconds_to_wait for n in range(3)]
    assert waits == [run_failures.STEP_RETRY_WAIT_S * factor for factor in (1, 2, 4)]
    assert run_failures.retry_later(0).max_retries == run_failures.STEP_RETRIES_MAX


def test_a_rebuild_between_increments_leaves_the_table_exact(
    sender: Sender, this_hour: datetime
) -> None:
    """
    Whatever mix of runs by people, by the sensor and by services: every row once.
    """
    sender.send(3)
    launch([this_hour], INCREMENT)
    sender.send(4)
    launch([this_hour])
    sender.send(5)
    opened = LakeResource().open()
    for view in (view for view in VIEWS if view.scope == "global"):
        materialize(opened.lake, view, opened.tables, slices=[Slice(this_hour)])
    launch([this_hour], INCREMENT)
    assert stored_rows(sender) == 12


def test_of_an_increment_that_was_cut_short_only_hours_that_are_whole_are_materialized(
    sender: Sender, this_hour: datetime
) -> None:
    """
    The others stay what they were to Dagster: the sensor asks for them again.
    """
    hours = [this_hour - timedelta(hours=n) for n in (3, 2)]
    for hour in hours:  # two commits' worth, by what their rows say; they cannot be decoded so
        sender.send(COMMIT_ROWS_MAX, hour=hour, payload=log_payload(3))
    cut_short = launch(hours, INCREMENT | {STOP_AFTER: "0"})
    assert cut_short.success
    (left,) = uncovered(sender.lake, LOGS, TableCache())
    assert set(events(cut_short, "log_entries")) == {
        key_of(hour) for hour in hours if hour != left.slice.start
    }
    assert set(events(launch(hours, INCREMENT), "log_entries")) == set(map(key_of, hours))
    assert uncovered(sender.lake, LOGS, TableCache()) == []


def test_an_hour_without_raw_blocks_is_made_from_its_source_or_says_that_it_stays(
    sender: Sender, this_hour: datetime
) -> None:
    """
    Launched by hand, a rollup's rows come from the table of its source; the source's own stay.
    """
    hour = this_hour - timedelta(hours=3)
    sender.send(3, hour=hour)
    materialize(sender.lake, LOGS, TableCache())
    with sender.lake.connection() as conn:
        for day in raw_days(conn):
            drop_day(conn, day.day)
    result = launch([hour])
    logs, stats = (events(result, name)[key_of(hour)] for name in ("log_entries", "log_stats"))
    assert stats["dagster/partition_row_count"] == 1
    assert "left as it is" not in stats
    assert logs["dagster/partition_row_count"] == 3
    assert "the last copy" in logs["left as it is"]


def test_an_hour_that_retention_does_not_keep_is_rebuilt_and_says_that_it_goes_again(
    sender: Sender, this_hour: datetime
) -> None:
    """
    Who launches it wants to see it; the rule still holds.
    """
    old, new = this_hour - timedelta(hours=30), this_hour - timedelta(hours=3)
    for hour in (old, new):
        sender.send(3, hour=hour)
    with sender.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=1))
    result = launch([old, new])
    logs, stats = (events(result, name) for name in ("log_entries", "log_stats"))
    assert logs[key_of(old)]["dagster/partition_row_count"] == 3
    assert "removes them again" in logs[key_of(old)]["kept for a while"]
    assert "kept for a while" not in logs[key_of(new)]
    assert "kept for a while" not in stats[key_of(old)]
