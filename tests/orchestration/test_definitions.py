"""The code location as Dagster sees it: everything in it follows from the catalog of views."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.maintain.catalog import TASKS
from assets.views.catalog import VIEWS
from assets.views.generation import fingerprint_of
from orchestration.definitions import JOB_NAME, defs
from orchestration.history import NAME as HISTORY
from orchestration.lineage import RAW_BLOCKS
from orchestration.maintenance import asset_key
from orchestration.process_assets import PROCESS_JOB_NAME
from orchestration.uncovered_sensor import SENSOR_NAME

ROOT = Path(__file__).resolve().parents[2]
GRAPH = defs.resolve_asset_graph()
GLOBAL_VIEWS = [view for view in VIEWS if view.scope == "global"]


def test_there_is_an_asset_for_every_view_and_for_every_task_of_maintenance() -> None:
    """
    A new view or task in the catalogs appears in the UI without a line here, and nothing else does.
    """
    tasks = {asset_key(task) for task in (*(task.name for task in TASKS), HISTORY)}
    views = {dg.AssetKey(view.name) for view in VIEWS}
    assert GRAPH.get_all_asset_keys() == {RAW_BLOCKS} | views | tasks


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_of_maintenance_has_a_page_that_says_what_it_is_for(task) -> None:
    """
    Its history is found beside the tables, and leads to the job.
    """
    node = GRAPH.get(asset_key(task.name))
    assert node.group_name == "maintenance"
    assert not node.is_executable
    assert task.doc in node.description


@pytest.mark.parametrize("view", GLOBAL_VIEWS, ids=lambda view: view.name)
def test_a_global_view_is_an_hourly_asset_that_one_run_can_backfill(view) -> None:
    """
    Hours, one run per backfill, a pool of its table, and the view's own words.
    """
    node = GRAPH.get(dg.AssetKey(view.name))
    assert isinstance(node.partitions_def, dg.HourlyPartitionsDefinition)
    assert node.partitions_def.end_offset == 1
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    assert node.pools == {f"delta:{view.name}"}
    assert node.code_version == fingerprint_of(view)
    assert node.description == view.doc
    assert node.kinds == {"deltalake", "polars"}
    assert node.group_name == ("rollups" if view.merge else "views")
    columns = node.metadata["dagster/column_schema"].columns
    assert [(column.name, column.description) for column in columns] == [
        (column.name, column.doc) for column in view.columns
    ]


def test_a_per_process_view_is_launched_for_one_process_at_a_time() -> None:
    """
    It has no hours in the UI; the config of a run names the process, and its page says so.
    """
    on_demand = [view for view in VIEWS if view.scope == "process"]
    assert on_demand
    for view in on_demand:
        node = GRAPH.get(dg.AssetKey(view.name))
        assert node.is_executable
        assert node.partitions_def is None
        assert not node.pools
        assert f"view_instance('{view.name}'" in (node.description or "")
        assert "process" in (node.description or "")
    job = defs.resolve_job_def(PROCESS_JOB_NAME)
    assert {node.name for node in job.graph.nodes} == {view.name for view in on_demand}


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


def test_owners_of_the_settings_own_every_asset() -> None:
    """
    Whoever wonders whom to ask finds it on the page of the asset.
    """
    code = (
        "import orchestration.definitions as d\n"
        "graph = d.defs.resolve_asset_graph()\n"
        "print({tuple(graph.get(key).owners) for key in graph.get_all_asset_keys()})"
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk/src'}",
        "LIMNO_ORCHESTRATION_OWNERS": "team:lake,ops@example.org",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "{('team:lake', 'ops@example.org')}", done.stderr
