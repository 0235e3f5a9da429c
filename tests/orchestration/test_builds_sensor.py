"""What services build by themselves shows in Dagster: each hour, soon, and again if in doubt."""

import uuid
from datetime import datetime, timedelta

import dagster as dg

from assets.materialize import materialize
from assets.storage.layout import Slice
from assets.storage.metadata.build_reports import BuildReport, build_reports, report_build
from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from orchestration.builds_sensor import BUILDS_SENSOR_NAME
from orchestration.definitions import defs
from orchestration.hours import key_of
from orchestration.lake_resource import LakeResource
from orchestration.limits import BUILD_UNTOLD_MAX, BUILDS_PER_TICK_MAX
from orchestration.settings import FIRST_HOUR
from tests.orchestration.log_sender import Sender

SENSOR = defs.resolve_sensor_def(BUILDS_SENSOR_NAME)
LOGS = dg.AssetKey("log_entries")


def tick(instance: dg.DagsterInstance) -> None:
    """Evaluate the sensor as the daemon does."""
    with dg.build_sensor_context(
        instance=instance, resources={"lake": LakeResource()}, definitions=defs
    ) as context:
        SENSOR.evaluate_tick(context)


def told(sender: Sender, *slices: Slice, view: str = "log_entries") -> BuildReport:
    """Report a build."""
    report = BuildReport(uuid.uuid4(), view, slices, 2, 100, 1, 0.5, "query service a")
    with sender.lake.connection() as conn:
        report_build(conn, report)
    return report


def left(sender: Sender) -> list[BuildReport]:
    """Return the reports that Dagster has not been told of."""
    with sender.lake.connection() as conn:
        return build_reports(conn, 100)


def newest(instance: dg.DagsterInstance, asset: str) -> dg.AssetMaterialization:
    """Return the newest materialization of an asset."""
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    assert event is not None
    assert event.asset_materialization is not None
    return event.asset_materialization


def test_each_hour_of_a_build_becomes_a_materialization(
    sender: Sender, this_hour: datetime
) -> None:
    """
    With what its table holds now, as a run would say it; told once, then forgotten.
    """
    hours = [this_hour - timedelta(hours=n) for n in (2, 1)]
    for hour in hours:
        sender.send(2, hour=hour)
    materialize(sender.lake, view_named("log_entries"), TableCache())
    told(sender, *(Slice(hour) for hour in hours))
    with dg.DagsterInstance.ephemeral() as instance:
        tick(instance)
        assert instance.get_materialized_partitions(LOGS) == {key_of(hour) for hour in hours}
        event = newest(instance, "log_entries")
        tick(instance)
        assert newest(instance, "log_entries") == event
    facts = {name: value.value for name, value in event.metadata.items()}
    assert facts["dagster/partition_row_count"] == 2
    assert (facts["build rows"], facts["build seconds"]) == (2, 0.5)
    assert facts["built by"] == "query service a"
    assert left(sender) == []


def test_a_build_of_a_process_is_one_event_that_names_it(
    sender: Sender, this_hour: datetime
) -> None:
    """
    Views that are kept per process have no partitions.
    """
    process_id = str(uuid.uuid4())
    hours = [Slice(this_hour - timedelta(hours=n), process_id) for n in (1, 0)]
    told(sender, *hours, view="thread_spans")
    with dg.DagsterInstance.ephemeral() as instance:
        tick(instance)
        event = newest(instance, "thread_spans")
    assert event.partition is None
    assert event.metadata["process id"].value == process_id
    assert event.metadata["hours"].value.endswith("2 hours")


def test_what_is_no_partition_is_passed_over(sender: Sender, this_hour: datetime) -> None:
    """
    Dagster would take any key; reports of hours that it does not have are forgotten.
    """
    told(sender, Slice(FIRST_HOUR - timedelta(hours=1)), Slice(this_hour + timedelta(hours=5)))
    with dg.DagsterInstance.ephemeral() as instance:
        tick(instance)
        assert instance.get_materialized_partitions(LOGS) == set()
    assert left(sender) == []


def test_a_build_of_a_view_that_is_not_known_yet_waits_for_a_while(
    sender: Sender, this_hour: datetime
) -> None:
    """
    The view was defined after this code location was loaded. It keeps no other build waiting, and
    is forgotten after BUILD_UNTOLD_MAX: its view may have been dropped.
    """
    for _ in range(BUILDS_PER_TICK_MAX):
        waiting = told(sender, Slice(this_hour), view="a_view_of_tomorrow")
    told(sender, Slice(this_hour))
    with dg.DagsterInstance.ephemeral() as instance:
        tick(instance)
        assert instance.get_materialized_partitions(LOGS) == {key_of(this_hour)}
        assert {report.view for report in left(sender)} == {"a_view_of_tomorrow"}
        with sender.lake.connection() as conn:
            conn.execute(
                "UPDATE build_reports SET built_at = clock_timestamp() - %s WHERE report_id <> %s",
                (BUILD_UNTOLD_MAX, waiting.report_id),
            )
        tick(instance)
    assert [report.report_id for report in left(sender)] == [waiting.report_id]
