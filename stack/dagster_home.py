"""
Dagster's folder (DAGSTER_HOME): its instance and workspace files, written anew at each start.

The database password stays out of the files: Dagster reads it from its environment.
"""

import os
from pathlib import Path

from stack.limits import (
    BACKFILL_RUNS_MAX,
    CODE_SERVER_ANSWER_S,
    MAINTENANCE_RUNS_MAX,
    POOL_PLACES,
    REBUILD_RUNS_MAX,
    RUN_SECONDS_MAX,
    RUNS_MAX,
)
from stack.ports import LOOPBACK

DATABASE_VARIABLE = "DAGSTER_PG_URL"

_PATIENCE_VARIABLE = "DAGSTER_GRPC_TIMEOUT_SECONDS"

_INSTANCE = f"""\
# Written by limnod at each start; changes are lost.
storage:
  postgres:
    postgres_url: {{env: {DATABASE_VARIABLE}}}
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {{dequeue_interval_seconds: 1}}
concurrency:
  pools: {{default_limit: {POOL_PLACES}, granularity: op}}
  runs:
    max_concurrent_runs: {RUNS_MAX}
    tag_concurrency_limits:
      - {{key: limnograph/kind, value: maintenance, limit: {MAINTENANCE_RUNS_MAX}}}
      - {{key: limnograph/task, value: {{applyLimitPerUniqueValue: true}}, limit: 1}}
      - {{key: dagster/backfill, limit: {BACKFILL_RUNS_MAX}}}
      - {{key: limnograph/work, value: rebuild, limit: {REBUILD_RUNS_MAX}}}
run_monitoring:
  enabled: true
  poll_interval_seconds: 30
  free_slots_after_run_end_seconds: 30
  max_runtime_seconds: {int(RUN_SECONDS_MAX)}
sensors: {{use_threads: true, num_workers: 4}}
schedules: {{use_threads: true, num_workers: 4}}
retention:
  sensor: {{purge_after_days: {{skipped: 1, failure: 30, success: 30}}}}
  schedule: {{purge_after_days: {{skipped: 1, failure: 30, success: 30}}}}
telemetry: {{enabled: false}}
nux: {{enabled: false}}
"""


def write_dagster_home(home: Path, code_server_port: int) -> Path:
    """Write the files that Dagster's programs read, and return the workspace file."""
    (home / "dagster.yaml").write_text(_INSTANCE)
    workspace = home / "workspace.yaml"
    workspace.write_text(
        "# Written by limnod at each start; changes are lost.\n"
        "load_from:\n"
        f"  - grpc_server: {{host: {LOOPBACK}, port: {code_server_port}, "
        "location_name: limnograph}\n"
    )
    return workspace


def patience() -> dict[str, str]:
    """Return the environment in which Dagster's programs wait ``CODE_SERVER_ANSWER_S``."""
    return {_PATIENCE_VARIABLE: os.environ.get(_PATIENCE_VARIABLE, str(CODE_SERVER_ANSWER_S))}


def sqlalchemy_url(database_url: str) -> str:
    """
    Return a libpq URL as Dagster needs it.

    The driver is named because Dagster's storage works with psycopg2 only, and SQLAlchemy
    takes psycopg 3 where the URL leaves the choice to it.
    """
    scheme, separator, rest = database_url.partition("://")
    if separator and scheme in {"postgresql", "postgres"}:
        return f"postgresql+psycopg2://{rest}"
    return database_url
