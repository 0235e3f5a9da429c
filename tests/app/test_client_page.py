"""The pages about our own client: their code runs as it stands there, against real services."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import limnograph
from limnograph import log, metric
from tests.interop.pages import code_of, program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests" / "interop" / "run_page.py"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(page: Path, services: dict[str, str], folder: Path) -> str:
    """Run the Python code of a page as a reader would; return what it printed."""
    ports = {"9480": "ingest", "9481": "http", "9482": "flight"}
    real = {shown: services[name].rpartition(":")[2] for shown, name in ports.items()}
    text = program(code_of(page, real), "python")
    (folder / "program.py").write_text(text)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "LIMNO_INGEST_URI": services["ingest"],
        "LIMNO_QUERY_URI": services["flight"],
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", RUNNER, folder / "program.py", page],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=folder,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_code_of_the_client_page_runs_and_shows_what_it_says(
    services: dict[str, str], tmp_path: Path
) -> None:
    """
    Copied and pasted, block after block; the error looks as the page shows it.
    """
    assert limnograph.init("shop", services["ingest"])
    log.error("a timeout")
    metric("latency", "ms").record(3.5)
    assert limnograph.flush(30)
    page = ROOT / "docs" / "client.md"
    printed = run(page, services, tmp_path)
    for language, shown in BLOCK.findall(page.read_text()):
        assert language or shown in printed
    assert (tmp_path / "day.parquet").exists()


@pytest.mark.parametrize("name", ["README.md", "sdk/README.md"])
def test_the_code_of_the_first_pages_runs(
    services: dict[str, str], tmp_path: Path, name: str
) -> None:
    """
    What a newcomer copies first sends something and asks for it.
    """
    run(ROOT / name, services, tmp_path)
