"""OpenTelemetry's JavaScript SDK on Node: everything it records is found, whatever the exporter."""

from collections.abc import Callable
from pathlib import Path

import pytest

import limnograph
from tests.interop.environments import Environment
from tests.otlp_clients.conftest import Platform
from tests.otlp_clients.programs import run
from tests.otlp_clients.reconciling import reconcile

pytestmark = pytest.mark.slow

WAYS = {
    "as it is": {},
    "gzip, deltas": {
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
    },
}


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_that_the_sdk_recorded_is_missing(
    way: str,
    protocol: str,
    platform: Platform,
    environment: Callable[[str], Environment],
    tmp_path: Path,
) -> None:
    """
    Protobuf and JSON over HTTP and gRPC are three packages of each exporter.
    """
    service, ledger = run(environment("node_sdk"), tmp_path, platform.told(protocol) | WAYS[way])
    assert ledger["said"] == []
    with limnograph.connect(platform.addresses["flight"]) as lake:
        reconcile(lake, service, ledger)
