"""The logfire SDK, told to send here by OpenTelemetry's own variable: everything is found."""

from collections.abc import Callable
from pathlib import Path

import pytest

import limnograph
from tests.interop.environments import Environment
from tests.otlp_clients.conftest import Platform
from tests.otlp_clients.programs import run
from tests.otlp_clients.reconciling import reconcile

pytestmark = pytest.mark.slow


def test_nothing_that_logfire_recorded_is_missing(
    platform: Platform, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    """
    Its spans, its logs, which are spans without a duration, and its metrics.
    """
    told = platform.told("http/protobuf")
    service, ledger = run(environment("logfire_sdk"), tmp_path, told)
    with limnograph.connect(platform.addresses["flight"]) as lake:
        reconcile(lake, service, ledger)
