"""The fixture as pytest gives it to the tests of an application."""

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[3]

TESTS = """
from limnograph import log, span

def test_one(captured_telemetry):
    with span("work"):
        log.info("hello %s", "ann")
    assert captured_telemetry.log("hello ann").level == "info"
    assert captured_telemetry.span("work").depth == 0

def test_two(captured_telemetry):
    assert captured_telemetry.logs == []
    log.info("again")
    assert len(captured_telemetry.logs) == 1

def test_three():
    log.info("recorded by nobody")
"""


def test_the_fixture_starts_anew_for_each_test(tmp_path: Path) -> None:
    """
    In a pytest of its own, warnings as errors.
    """
    (tmp_path / "test_shop.py").write_text(TESTS)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"),
            *("-p", "limnograph.pytest_plugin", "--rootdir", str(tmp_path), "test_shop.py"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "3 passed" in done.stdout, done.stdout


def test_pytest_finds_the_plugin_where_the_package_is_installed() -> None:
    """
    The entry point names a module that has the fixture, and loads nothing else of ours.
    """
    project = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text())
    entry = project["project"]["entry-points"]["pytest11"]["limnograph"]
    assert hasattr(import_module(entry), "captured_telemetry")
    code = f"import pytest, sys; import {entry}; print('limnograph.session' in sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
