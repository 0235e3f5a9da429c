"""Starting the receiver and the query service as processes, for tests that speak to real ones."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

SERVICES = {
    "ingest_api": {"ingest": "receiver on ", "grpc": "OTLP over gRPC: "},
    "query_engine": {"http": "http=", "flight": "flight="},
}
"""Modules, and the marks after which each prints its addresses."""


def lake_environ(database_url: str, root: Path) -> dict[str, str]:
    """Return the environment of services on one lake, on free ports; nothing of the caller's."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LIMNO_")}
    return environ | {
        "LIMNO_DATABASE_URL": database_url,
        "LIMNO_ROOT_URI": root.as_uri(),
        "LIMNO_INGEST_PORT": "0",
        "LIMNO_INGEST_GRPC_PORT": "0",
        "LIMNO_INGEST_OTLP_PORT": "off",
        "LIMNO_QUERY_HTTP_PORT": "0",
        "LIMNO_QUERY_FLIGHT_PORT": "0",
        "LIMNO_STATE_DIR": "none",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def start(module: str, environ: Mapping[str, str], running: ExitStack) -> dict[str, str]:
    """Start ``python -m module``; it is ended with *running*. Returns the addresses it prints."""
    return launch(module, environ, running)[1]


def launch(
    module: str, environ: Mapping[str, str], running: ExitStack
) -> tuple["subprocess.Popen[str]", dict[str, str]]:
    """Start ``python -m module`` as `start` does; returns the process too, so that it can end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module], env=environ, stdout=subprocess.PIPE, text=True
    )
    running.callback(process.wait, 30)
    running.callback(process.terminate)
    assert process.stdout is not None
    running.callback(process.stdout.close)
    marks, found = SERVICES[module], {}
    for line in process.stdout:
        for name, mark in marks.items():
            if mark in line:
                found[name] = line.split(mark, 1)[1].strip()
        if len(found) == len(marks):
            return process, found
    raise AssertionError(f"{module} ended with {process.wait()}")
