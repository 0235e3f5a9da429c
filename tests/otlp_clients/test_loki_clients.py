"""Libraries that push to Loki, unchanged, pushing here: every line is found in SQL, once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import limnograph
from tests.interop.environments import Environment
from tests.otlp_clients.conftest import Platform
from tests.otlp_clients.programs import run
from tests.otlp_clients.reconciling import check_same
from tests.otlp_clients.rows import rows

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "library",
    ["logging_loki", "loki_logger_handler", "pino", "winston-json", "winston-protobuf"],
)
def test_no_line_that_a_library_pushed_is_missing(
    library: str,
    platform: Platform,
    environment: Callable[[str], Environment],
    tmp_path: Path,
) -> None:
    """
    With its level, its target, and its labels and metadata as properties.
    """
    service, ledger = run(environment("loki"), tmp_path, platform.told("http/protobuf"), library)
    assert ledger["said"] == []
    with limnograph.connect(platform.addresses["flight"]) as lake:
        found = [
            {name: row[name] for name in ("msg", "level", "target", "properties")}
            for row in rows(lake, "log_entries", service)
        ]
    for row in found:
        if "json" in ledger["lines"][0]:
            line = json.loads(row.pop("msg"))
            row["json"] = {name: line[name] for name in ledger["lines"][0]["json"]}
    check_same("line", ledger["lines"], found)
