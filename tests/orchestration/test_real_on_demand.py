"""From a query to a run and back, through the real sensors, daemon and code server."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import limnograph
from assets.storage.lake import Lake
from orchestration.hours import key_of
from query_engine.builds.builder import GapLimits
from query_engine.doors import Doors, lake_service
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres
from tests.orchestration.dagster_processes import DagsterProcesses, dagster_processes
from tests.orchestration.log_sender import Sender

INTERVAL = "LIMNO_ORCHESTRATION_SENSOR_INTERVAL_S"
RUNS = """
query Runs($value: String!) {
  runsOrError(filter: {tags: [{key: "dagster/sensor_name", value: $value}]}) {
    ... on Runs { results { runId status tags { key value } } }
  }
}
"""
STATUS = """
query Status($path: [String!]!) {
  assetNodeOrError(assetKey: {path: $path}) {
    ... on AssetNode {
      assetPartitionStatuses { ... on TimePartitionStatuses { ranges { startKey endKey status } } }
      assetMaterializations(limit: 1) {
        runId
        metadataEntries {
          label
          ... on TextMetadataEntry { text }
          ... on IntMetadataEntry { intValue }
        }
      }
    }
  }
}
"""


@pytest.fixture
def doors_with(
    lake: Lake, workers: WorkerPool
) -> Iterator[Callable[..., tuple[QueryService, str]]]:
    """Return a function that opens a query service to clients, and says where."""
    made = []

    def make(**limits: int) -> tuple[QueryService, str]:
        settings = QuerySettings(http_port=0, flight_port=0)
        service, ready = lake_service(lake, settings, workers, GapLimits(**limits))
        made.append(Doors(service, ready, settings))
        return service, f"http://127.0.0.1:{made[-1].http_port}"

    yield make
    for doors in made:
        assert doors.close(1)


def rows(service: QueryService, sql: str) -> tuple[pl.DataFrame, str]:
    """Return a query's rows and its id."""
    stream = service.query(sql)
    frame = pl.from_arrow(pa.Table.from_batches(list(stream.batches), stream.schema))
    assert isinstance(frame, pl.DataFrame)
    return frame, stream.query_id


def decoded(service: QueryService, view: str) -> bool:
    """Say whether queries had to decode blocks of a view."""
    return f'limnograph_query_tail_blocks_total{{view="{view}"}}' in service.metrics.text().decode()


def status(dagster: DagsterProcesses, view: str) -> dict[str, Any]:
    """Return what the UI's page of an asset asks for."""
    return dict(dagster.ask(STATUS, path=[view])["assetNodeOrError"])


@pytest.mark.slow
def test_what_queries_make_others_build_shows_in_dagster(
    sender: Sender,
    doors_with: Callable[..., tuple[QueryService, str]],
    this_hour: datetime,
    tmp_path: Path,
    postgres_server: EmbeddedPostgres,
) -> None:
    """
    A small gap: the service builds it, and its hours are green in the UI without a run. A large
    one: query, request, sensor, run, table, answer, and the client that waits is shown its hours.
    """
    hours = [this_hour - timedelta(hours=n) for n in (3, 2)]
    spans = Sender(sender.lake, sender.database_url, "cpu")
    for hour in hours:
        sender.send(5, hour=hour)
        spans.send(4, hour=hour)
    small, _ = doors_with(global_bytes=0)
    found, _ = rows(small, "SELECT count(*) AS n FROM log_entries")
    assert found["n"].to_list() == [10]
    assert not decoded(small, "log_entries")

    name = "dagster_" + sender.database_url.rpartition("/")[2]
    with dagster_processes(
        tmp_path / "dagster", postgres_server.ensure_database(name), {INTERVAL: "3600"}
    ) as dagster:
        dagster.wait_for("green hours", lambda: green(dagster) == [key_of(h) for h in hours], 120)
        (event,) = status(dagster, "log_entries")["assetMaterializations"]
        facts = {
            entry["label"]: entry.get("text", entry.get("intValue"))
            for entry in event["metadataEntries"]
        }
        assert facts["built by"].startswith("query service on ")
        assert facts["dagster/partition_row_count"] == 5
        assert not event["runId"]

        dagster.wait_for("the sensor to look for requests", lambda: looked(sender), 90)
        large, url = doors_with(process_bytes=0, build_bytes=0)
        sql = f"SELECT count(*) AS n FROM process_spans('{spans.process_id}', 'thread')"
        shown = io.StringIO()
        with limnograph.connect(url, progress=True) as client, redirect_stderr(shown):
            result = client.query(sql)
            assert result.scalar() == 8
            query_id = result.query_id
        assert not decoded(large, "thread_spans")
        drawn = set(re.findall(r"building, \d/\d hours", shown.getvalue()))
        assert drawn & {"building, 0/2 hours", "building, 1/2 hours", "building, 2/2 hours"}, (
            shown.getvalue()
        )
        runs = dagster.ask(RUNS, value="materialization_requests")["runsOrError"]["results"]
        (tags,) = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in runs]
        assert f"query {query_id}" in tags["limnograph/reason"]


def green(dagster: DagsterProcesses) -> list[str]:
    """Return the first and the last hour of log_entries that the UI shows as materialized."""
    ranges = status(dagster, "log_entries")["assetPartitionStatuses"]["ranges"]
    found = [one for one in ranges if one["status"] == "MATERIALIZED"]
    return [found[0]["startKey"], found[-1]["endKey"]] if found else []


def looked(sender: Sender) -> bool:
    """Say whether the sensor has looked for requests."""
    with sender.lake.connection() as conn:
        return conn.execute("SELECT 1 FROM request_looks").fetchone() is not None
