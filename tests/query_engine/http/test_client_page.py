"""The code of docs/clients/http.md, run as it is printed against a running door."""

import datetime as dt
import shutil
import subprocess

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.interop.pages import FOLDER, code_of, program

PAGE = FOLDER / "http.md"


@pytest.fixture
def run(client, memory_tables, tmp_path):
    """Run all code of a language; returns what it printed."""
    times = [dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=n) for n in range(2000)]
    memory_tables.frames["log_entries"] = pl.LazyFrame(
        {
            "time": times,
            "level": [1 + n % 6 for n in range(2000)],
            "msg": [f"m{n}" for n in range(2000)],
        }
    )

    def run_all(language, *command):
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        code = code_of(PAGE, {"9481": str(client.base_url.port)})
        text = program(code, language)
        done = subprocess.run(
            [*command, "-"],
            check=False,
            input=text,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_all


@pytest.mark.slow
def test_the_lines_for_curl_run(run, tmp_path):
    """
    They print counts and rows, follow a query, and leave a file behind.
    """
    printed = run("sh", "sh", "-eu")
    assert "level,n\n1," in printed
    assert '"msg":"m0"' in printed
    assert pq.read_table(tmp_path / "logs.parquet").num_rows == 2000


@pytest.mark.slow
def test_the_javascript_runs(run):
    """
    It prints a table, counts rows, follows a query to its end, and stops one.
    """
    printed = run("js", "node", "--input-type=module")
    assert "2000 rows" in printed
    assert "[ { n: " in printed
