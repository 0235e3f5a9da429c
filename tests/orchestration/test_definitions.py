"""The code location as Dagster sees it: everything in it follows from the catalog of views."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.views.catalog import VIEWS
from orchestration.definitions import JOB_NAME, defs
from orchestration.uncovered_sensor import SENSOR_NAME
from orchestration.view_assets import RAW_BLOCKS

ROOT = Path(__file__).resolve().parents[2]
GRAPH = defs.resolve_asset_graph()
GLOBAL_VIEWS = [view for view in VIEWS if view.scope == "global"]


def test_there_is_an_asset_for_every_view_and_nothing_else() -> None:
    """
    A new view in the catalog appears in the UI without a line here.
    """
    assert GRAPH.get_all_asset_keys() == {RAW_BLOCKS, *(dg.AssetKey(view.name) for view in VIEWS)}


@pytest.mark.parametrize("view", GLOBAL_VIEWS, ids=lambda view: view.name)
def test_a_global_view_is_an_hourly_asset_that_one_run_can_backfill(view) -> None:
    """
    Hours, one run per backfill, one writer per table at a time, and the view's own words.
    """
    node = GRAPH.get(dg.AssetKey(view.name))
    assert isinstance(node.partitions_def, dg.HourlyPartitionsDefinition)
    assert node.partitions_def.end_offset == 1
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    assert node.pools == {f"delta:{view.name}"}
    assert node.code_version == view.fingerprint
    assert node.description == view.doc
    assert node.kinds == {"delta", "polars"}
    columns = node.metadata["dagster/column_schema"].columns
    assert [(column.name, column.description) for column in columns] == [
        (column.name, column.doc) for column in view.columns
    ]


def test_a_per_process_view_is_shown_but_not_launchable() -> None:
    """
    What is built on demand by the query service has no hours to launch here, and says so.
    """
    on_demand = [view for view in VIEWS if view.scope == "process"]
    assert on_demand
    for view in on_demand:
        node = GRAPH.get(dg.AssetKey(view.name))
        assert not node.is_executable
        assert node.partitions_def is None
        assert f"view_instance('{view.name}'" in (node.description or "")


def test_lineage_leads_from_raw_blocks_over_views_to_rollups() -> None:
    """
    An operator sees what is computed from what.
    """
    logs, stats = dg.AssetKey("log_entries"), dg.AssetKey("log_stats")
    assert GRAPH.get(logs).parent_keys == {RAW_BLOCKS}
    assert GRAPH.get(stats).parent_keys == {logs}


def test_the_sensor_runs_by_default_and_asks_for_the_increments_job() -> None:
    """
    A fresh installation materializes without anybody switching anything on.
    """
    sensor = defs.resolve_sensor_def(SENSOR_NAME)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    assert sensor.job_name == JOB_NAME
    assert defs.resolve_job_def(JOB_NAME).executor_def is dg.in_process_executor


def test_loading_the_code_location_needs_no_environment_and_no_server() -> None:
    """
    The UI comes up, and can say what is wrong, while Postgres is down or nothing is configured.
    """
    code = "import orchestration.definitions as d; print(type(d.defs).__name__)"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk/src'}"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "Definitions", done.stderr


def test_the_workspace_file_names_this_module() -> None:
    """
    Plain Dagster commands at the root find the code location.
    """
    (location,) = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    assert location["python_module"]["module_name"] == "orchestration.definitions"
