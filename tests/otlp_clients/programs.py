"""Running a client's program, which records something and prints its ledger."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.interop.environments import Environment, in_node, pins_of

HERE = Path(__file__).resolve().parent


def told(addresses: Mapping[str, str], protocol: str) -> dict[str, str]:
    """Return the variables of OpenTelemetry that say where to send and how."""
    endpoint = addresses["grpc" if protocol == "grpc" else "ingest"]
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}


def run(
    made: Environment, folder: Path, told: Mapping[str, str], *arguments: str
) -> tuple[str, dict[str, Any]]:
    """Let the program of a client run to its end; returns the service's name and the ledger."""
    service = f"{made.client} {uuid.uuid4().hex}"
    environ = {"PYTHONPATH": str(HERE), "OTEL_SERVICE_NAME": service} | told
    program = pins_of(made.client) / "send.py"
    if program.exists():
        environ |= {"OTEL_EXPORTER_OTLP_TIMEOUT": "60"}  # seconds
        done = made.run([made.python, program, *arguments], folder, environ)
    else:
        environ |= {"OTEL_EXPORTER_OTLP_TIMEOUT": "60000"}  # milliseconds, as the others have it
        done = in_node(made, program.with_suffix(".mjs").read_text(), folder, environ)
    assert done.returncode == 0, done.stdout
    *said, ledger = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(ledger)
    return service, found | {"said": said}
