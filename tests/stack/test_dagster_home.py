"""Dagster's files: readable by Dagster, without secrets; runs left by a killed code server."""

import json
from pathlib import Path

import pytest
import yaml

from stack.dagster_home import DATABASE_VARIABLE, patience, sqlalchemy_url, write_dagster_home
from stack.limits import (
    BACKFILL_RUNS_MAX,
    CODE_SERVER_ANSWER_S,
    MAINTENANCE_RUNS_MAX,
    POOL_PLACES,
    REBUILD_RUNS_MAX,
    RUN_SECONDS_MAX,
    RUNS_MAX,
)


def test_the_files_name_the_storage_and_the_code_server(tmp_path: Path) -> None:
    """
    Dagster finds its database through the environment, so that no password lies in a file.
    """
    workspace = yaml.safe_load(write_dagster_home(tmp_path, 4321).read_text())
    server = workspace["load_from"][0]["grpc_server"]
    assert server == {"host": "127.0.0.1", "port": 4321, "location_name": "limnograph"}
    instance = yaml.safe_load((tmp_path / "dagster.yaml").read_text())
    assert instance["storage"]["postgres"]["postgres_url"] == {"env": DATABASE_VARIABLE}
    assert instance["run_coordinator"]["config"]["dequeue_interval_seconds"] == 1


def test_dagster_keeps_a_place_for_increments_and_ends_what_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    As Dagster's own instance reads the file, and with the tag that maintenance has.
    """
    import dagster as dg

    from orchestration.maintenance import GROUP, KIND, TASK
    from orchestration.run_tags import WORK

    write_dagster_home(tmp_path, 4321)
    written = yaml.safe_load((tmp_path / "dagster.yaml").read_text())
    del written["storage"]  # what it reads has nothing to do with where it stores
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(written))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.tag_concurrency_limits == [
            {"key": KIND, "value": GROUP, "limit": MAINTENANCE_RUNS_MAX},
            {"key": TASK, "value": {"applyLimitPerUniqueValue": True}, "limit": 1},
            {"key": "dagster/backfill", "limit": BACKFILL_RUNS_MAX},
            {"key": WORK, "value": "rebuild", "limit": REBUILD_RUNS_MAX},
        ]
        long = MAINTENANCE_RUNS_MAX + BACKFILL_RUNS_MAX + REBUILD_RUNS_MAX
        assert written["concurrency"]["pools"]["default_limit"] == POOL_PLACES
        assert POOL_PLACES > BACKFILL_RUNS_MAX + REBUILD_RUNS_MAX
        assert queue.max_concurrent_runs == RUNS_MAX > long
        assert instance.run_monitoring_max_runtime_seconds == RUN_SECONDS_MAX


def test_the_driver_is_named_in_dagsters_url() -> None:
    """
    Dagster's storage fails on psycopg 3, which a bare URL selects.
    """
    assert sqlalchemy_url("postgresql://a:b@h:1/d") == "postgresql+psycopg2://a:b@h:1/d"
    assert sqlalchemy_url("postgres://a:b@h:1/d") == "postgresql+psycopg2://a:b@h:1/d"
    assert sqlalchemy_url("postgresql+psycopg2://h/d") == "postgresql+psycopg2://h/d"


@pytest.mark.slow
def test_runs_that_a_killed_code_server_left_are_settled(
    tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A run whose process is gone is reported as failed, so that it does not hold its pool for ever;
    runs that wait, and runs of other machines, are left alone.
    """
    import dagster as dg

    from stack.code_server import settle_orphaned_runs

    monkeypatch.setenv(DATABASE_VARIABLE, sqlalchemy_url(empty_database_url))
    write_dagster_home(tmp_path, 4321)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        runs = {}
        for name, status, host in (
            ("started", dg.DagsterRunStatus.STARTED, "127.0.0.1"),
            ("starting", dg.DagsterRunStatus.STARTING, ""),
            ("canceling", dg.DagsterRunStatus.CANCELING, "127.0.0.1"),
            ("elsewhere", dg.DagsterRunStatus.STARTED, "other.example"),
            ("waiting", dg.DagsterRunStatus.NOT_STARTED, "127.0.0.1"),
        ):
            info = {"dagster/grpc_info": json.dumps({"host": host, "port": 1})}
            run = dg.DagsterRun(job_name="work", status=status, tags=info if host else {})
            runs[name] = instance.add_run(run).run_id
        assert set(settle_orphaned_runs(instance)) == {
            runs[name] for name in ("started", "starting", "canceling")
        }
        after = {name: instance.get_run_by_id(run_id) for name, run_id in runs.items()}
        assert {name: run.status.value for name, run in after.items() if run} == {
            "started": "FAILURE",
            "starting": "FAILURE",
            "canceling": "CANCELED",
            "elsewhere": "STARTED",
            "waiting": "NOT_STARTED",
        }
        assert settle_orphaned_runs(instance) == []


def test_dagster_waits_for_a_busy_code_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    As long as the limit says, for whatever it asks, unless the operator says otherwise.
    """
    from dagster._grpc import utils

    for name, value in patience().items():
        monkeypatch.setenv(name, value)
    assert utils.default_grpc_timeout() == CODE_SERVER_ANSWER_S
    assert utils.default_sensor_grpc_timeout() == CODE_SERVER_ANSWER_S
    monkeypatch.setenv("DAGSTER_GRPC_TIMEOUT_SECONDS", "7")
    assert patience() == {"DAGSTER_GRPC_TIMEOUT_SECONDS": "7"}
