"""The repository's own rules, as tests: documented modules, bounded sizes, telling names."""

import ast
import re
import subprocess
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Module:
    """A Python file of the repository, read and parsed once for all rules."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Path below the root, as it stands in a list of offenders."""
        return str(self.path.relative_to(ROOT))


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    """Return every module but this one, which names what it forbids."""
    texts = {path: path.read_text() for path in tracked("*.py") if path != Path(__file__)}
    return [Module(path, text, ast.parse(text)) for path, text in texts.items()]


def test_modules_say_what_they_are_for(modules: list[Module]) -> None:
    """
    The module docstring says what the file is for.
    """
    assert not [module.name for module in modules if not ast.get_docstring(module.tree)]


def test_modules_fit_on_a_few_screens(modules: list[Module]) -> None:
    """
    A file that has grown too long has a seam that is worth finding.
    """
    lines = {module.name: module.text.count("\n") for module in modules}
    assert not {name: count for name, count in lines.items() if count > FILE_LINES_MAX}


def test_functions_are_short(modules: list[Module]) -> None:
    """
    A function is read as a whole.
    """
    assert not [
        f"{module.name}: {node.name} has {lines} lines"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]


def test_modules_have_telling_names(modules: list[Module]) -> None:
    """
    A vague name collects what belongs elsewhere.
    """
    assert not [module.name for module in modules if module.path.stem in VAGUE_NAMES]


def test_modules_carry_no_plans(modules: list[Module]) -> None:
    """
    Plans live in the tracker.
    """
    assert not [module.name for module in modules if PLANS_IN_CODE.search(module.text)]


def test_no_error_is_swallowed(modules: list[Module]) -> None:
    """
    A handler for every exception does something with it; silence hides lost data.
    """
    assert not [
        f"{module.name}: line {node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(statement, ast.Pass) for statement in node.body)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]


def test_only_orchestration_and_stack_name_dagster(modules: list[Module]) -> None:
    """
    Dagster supervises; no other part may depend on it, not even by a late import.
    """
    may = {"orchestration", "stack", "tests", "benchmarks"}
    named = re.compile(r"^\s*(import|from) dagster\b", re.MULTILINE)
    others = [module for module in modules if module.path.relative_to(ROOT).parts[0] not in may]
    assert not [module.name for module in others if named.search(module.text)]


def test_files_that_the_tests_begin_with_are_there() -> None:
    """
    A file that was renamed or split would take its turn among the short ones.
    """
    long = (ROOT / "tests" / "long_files.txt").read_text().split()
    assert not [name for name in long if not (ROOT / name).exists()]


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
