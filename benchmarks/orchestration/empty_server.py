"""``python -m benchmarks.orchestration.empty_server PORT``: serves the empty project as ours is."""

import os
import sys

from dagster import DagsterInstance

from stack.ports import LOOPBACK


def main() -> None:
    """Prepare the instance, then become `dagster api grpc`."""
    with DagsterInstance.get() as instance:
        instance.upgrade()
    server = ["-m", "dagster", "api", "grpc", "-m", "benchmarks.orchestration.empty_project"]
    where = ["--host", LOOPBACK, "--port", sys.argv[1], "--location-name", "limnograph"]
    os.execv(sys.executable, [sys.executable, *server, *where])


if __name__ == "__main__":
    main()
