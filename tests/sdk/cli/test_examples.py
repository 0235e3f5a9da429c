"""The examples of --help and docs/cli.md, typed into a shell."""

import os
import subprocess
from pathlib import Path

import pytest

import limnograph
from limnograph import log, metric
from limnograph.cli.catalog import COMMANDS
from limnograph.cli.command import Command
from tests.sdk.cli.conftest import COMMAND
from tests.sdk.cli.real_lake import QueryService

pytestmark = pytest.mark.slow

FAILING = {
    "limno cancel 0b6a3c1e-7f7a-4a1c-9d9e-2f1f6f0f7a11": 1,
    "limno trace 6e2a4c1e-5f0b-4c3d-9b1a-0d6f6f5f2a11 -o shop.perfetto-trace --begin 10m": 1,
    "limno trace 6e2a4c1e-5f0b-4c3d-9b1a-0d6f6f5f2a11 -o shop.speedscope.json": 1,
    "limno trace --trace-id 4bf92f3577b34da6a3ce929d0e0e4736 -o request.perfetto-trace": 1,
}
"""Examples that name something that only their reader has, and what they answer here."""
ENDLESS = "limno logs --follow --level warning"
LOAD = metric("load", "percent")


@pytest.fixture
def folder(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples name: the command, jq, a question, a profile."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (
        ("limno", f'exec {" ".join(COMMAND)} "$@"'),
        # Reads one line and leaves, so that what follows ends too.
        ("jq", "head -1"),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (own_home / ".config/fish/completions").mkdir(parents=True)
    (tmp_path / "question.sql").write_text("SELECT count(*) AS n FROM log_entries")
    return tmp_path


def typed(example: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type an example into bash."""
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {example}"],
        cwd=folder, input="key\n", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_every_example_works(
    folder: Path, own_home: Path, query: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What is copied from the documentation answers, or fails as it says.
    """
    log.warning("payment: time-out")
    LOAD.record(0.5)
    assert limnograph.flush(30)
    monkeypatch.setenv("LIMNO_QUERY_URI", query.flight)
    config = own_home / ".config/limnograph/config.toml"

    def run(command: Command) -> None:
        for example in command.examples:
            if example == ENDLESS:
                assert typed(f"timeout -s INT 5 {example}", folder).returncode == 124
                continue
            done = typed(example, folder)
            code = FAILING.get(example, 0)
            assert done.returncode == code, (example, done.stdout, done.stderr)
            assert "Traceback" not in done.stderr

    for command in COMMANDS:
        config.unlink(missing_ok=True)
        if command.name != "profile":
            added = typed(f"limno profile add production --uri {query.flight}", folder)
            assert added.returncode == 0, added.stderr
        run(command)
    assert (folder / "january.parquet").exists()
    assert (own_home / ".config/fish/completions/limno.fish").read_text()
