"""The operator's story through the real webserver, daemon and code server, on a real lake."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.storage.tables import TableCache
from assets.views.catalog import view_named
from assets.views.physical import table_spec
from orchestration.hours import key_of
from stack.postgres import EmbeddedPostgres
from tests.orchestration.dagster_processes import DagsterProcesses, dagster_processes
from tests.orchestration.log_sender import Sender

LAUNCH = """
mutation Launch($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
BACKFILL = """
query Backfill($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status }
    ... on PythonError { message }
  }
}
"""
RUNS = """
query Runs($key: String!, $value: String!) {
  runsOrError(filter: {tags: [{key: $key, value: $value}]}) {
    ... on Runs { results { runId status tags { key value } } }
  }
}
"""
MATERIALIZATIONS = """
query Materializations($path: [String!]!, $keys: [String!]) {
  assetOrError(assetKey: {path: $path}) {
    ... on Asset {
      assetMaterializations(partitions: $keys) {
        partition
        metadataEntries { label ... on IntMetadataEntry { intValue } }
      }
    }
  }
}
"""


@pytest.fixture
def dagster(
    sender: Sender, postgres_server: EmbeddedPostgres, database_url: str, tmp_path: Path
) -> Iterator[DagsterProcesses]:
    """Run Dagster on the sender's lake, with a sensor that looks as often as Dagster lets it."""
    name = "dagster_" + database_url.rpartition("/")[2]
    environment = {"LIMNO_ORCHESTRATION_SENSOR_INTERVAL_S": "5"}
    assert sender.lake
    with dagster_processes(
        tmp_path / "dagster", postgres_server.ensure_database(name), environment
    ) as running:
        yield running


def rows(sender: Sender, view: str) -> int:
    """Return how many rows a table holds."""
    snapshot = TableCache().snapshot(sender.lake, table_spec(view_named(view)))
    return int(snapshot.files["num_records"].sum())


def runs(dagster: DagsterProcesses, key: str, value: str) -> list[dict[str, Any]]:
    """Return the runs with a tag."""
    return list(dagster.ask(RUNS, key=key, value=value)["runsOrError"]["results"])


@pytest.mark.slow
def test_the_sensor_materializes_and_a_backfill_from_the_ui_rebuilds(
    sender: Sender, dagster: DagsterProcesses, this_hour: datetime
) -> None:
    """
    Blocks get into the tables by themselves; three hours launched as the UI does it are one run,
    end as a success, and leave every row where it was, once.
    """
    hours = [this_hour - timedelta(hours=n) for n in (4, 3, 2)]
    for hour in hours:
        sender.send(3, hour=hour)
    dagster.wait_for("the sensor's run", lambda: rows(sender, "log_stats") == 3, 120)
    assert rows(sender, "log_entries") == 9
    launched = runs(dagster, "dagster/sensor_name", "uncovered_slices")
    assert len(launched) == 1

    params = {
        "assetSelection": [{"path": ["log_entries"]}, {"path": ["log_stats"]}],
        "partitionNames": [key_of(hour) for hour in hours],
    }
    answer = dagster.ask(LAUNCH, params=params)["launchPartitionBackfill"]
    backfill = answer.get("backfillId")
    assert backfill, answer

    def finished() -> bool:
        state = dagster.ask(BACKFILL, id=backfill)["partitionBackfillOrError"]["status"]
        assert state not in {"COMPLETED_FAILED", "FAILED"}, answer
        return bool(state == "COMPLETED_SUCCESS")

    dagster.wait_for("the backfill", finished, 150)
    assert len(runs(dagster, "dagster/backfill", backfill)) == 1
    assert (rows(sender, "log_entries"), rows(sender, "log_stats")) == (9, 3)
    asset = dagster.ask(MATERIALIZATIONS, path=["log_entries"], keys=[key_of(hours[0])])
    newest = asset["assetOrError"]["assetMaterializations"][0]
    facts = {entry["label"]: entry.get("intValue") for entry in newest["metadataEntries"]}
    assert facts["dagster/partition_row_count"] == 3
    assert facts["run blocks"] == 3
