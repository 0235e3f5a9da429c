"""The repository's own rules, as tests: documented modules, bounded sizes, telling names."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "temp"}
PLANS_IN_CODE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def tracked(*patterns: str) -> list[Path]:
    """Return the files of the repository that match, tracked or new, never ignored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).exists()]


MODULES = [path for path in tracked("*.py") if path != Path(__file__)]
IDS = [str(path.relative_to(ROOT)) for path in MODULES]


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_module_follows_the_house_rules(path: Path) -> None:
    """
    A module says what it is for, fits on a few screens, has a telling name and carries no plans.
    """
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "the module docstring says what the file is for"
    assert text.count("\n") <= FILE_LINES_MAX, f"over {FILE_LINES_MAX} lines: find the seam"
    assert path.stem not in VAGUE_NAMES, "the name says nothing"
    assert not PLANS_IN_CODE.search(text), "plans live in the tracker"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_error_is_swallowed(path: Path) -> None:
    """
    A handler for every exception does something with it; silence hides lost data.
    """
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass) for s in node.body):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in {"Exception", "BaseException", "everything"}, f"line {node.lineno}"


def test_only_orchestration_and_stack_name_dagster() -> None:
    """
    Dagster supervises; no other part may depend on it, not even by a late import.
    """
    for path in MODULES:
        top = path.relative_to(ROOT).parts[0]
        if top in {"orchestration", "stack", "tests", "benchmarks"}:
            continue
        assert not re.search(r"^\s*(import|from) dagster\b", path.read_text(), re.MULTILINE), path


def test_locks_name_no_download_host() -> None:
    """
    Locks pin versions and hashes; where packages come from is each machine's business.
    """
    for path in tracked("*.lock", "*requirements*.txt", "*package-lock.json", "locks/*"):
        assert "://" not in path.read_text(), f"{path.name} names a host"


def test_the_server_has_what_polars_asks_for_when_it_sends_python_along() -> None:
    """
    Plans carry Python functions to workers by cloudpickle, which Polars does not depend on.
    """
    server = (ROOT / "locks" / "server.txt").read_text()
    assert "\ncloudpickle==" in server
    assert '"cloudpickle>=' in (ROOT / "pyproject.toml").read_text()
