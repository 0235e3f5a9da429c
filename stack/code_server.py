"""
Starts Dagster's code server: prepares the instance, then becomes `dagster api grpc`, or with
``--reloads`` the kind that loads the definitions again when it is asked to.

Runs are processes of the code server. When it starts, no earlier run of this machine can be going
any more; one that still says so would hold its place for ever, so it is reported as failed
here. The blocks it worked on are simply uncovered, and the sensor asks for them again.
"""

import json
import os
import sys

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from stack.ports import LOOPBACK
from stack.reloading import RELOADS

_GRPC_INFO_TAG = "dagster/grpc_info"
_REASON = "The process of this run ended with the limnod that started it."


def settle_orphaned_runs(instance: DagsterInstance) -> list[str]:
    """Report every run that a code server of this machine left unfinished; return their ids."""
    unfinished = RunsFilter(
        statuses=[
            DagsterRunStatus.STARTING,
            DagsterRunStatus.STARTED,
            DagsterRunStatus.CANCELING,
        ]
    )
    settled = []
    for run in instance.get_runs(unfinished):
        # A run without the tag was being launched: whoever did that is gone with its code server.
        if json.loads(run.tags.get(_GRPC_INFO_TAG, "{}")).get("host", LOOPBACK) != LOOPBACK:
            continue
        if run.status is DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, _REASON)
        else:
            instance.report_run_failed(run, _REASON)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        settled.append(run.run_id)
    return settled


def main() -> None:
    """Prepare the instance that DAGSTER_HOME names, then serve on the port given."""
    port = sys.argv[1]
    with DagsterInstance.get() as instance:
        # One process does this before webserver and daemon start: three at once would race.
        instance.upgrade()
        for run_id in settle_orphaned_runs(instance):
            print(f"run {run_id} was left unfinished and is reported as failed", flush=True)
    command = ("code-server", "start") if RELOADS in sys.argv else ("api", "grpc")
    server = ["-m", "dagster", *command, "-m", "orchestration.definitions"]
    where = [*("--host", LOOPBACK, "--port", port, "--location-name", "limnograph")]
    os.execv(sys.executable, [sys.executable, *server, *where])  # noqa: S606


if __name__ == "__main__":
    main()
