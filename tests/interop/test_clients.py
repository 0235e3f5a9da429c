"""Each client of the matrix in an environment of its own, against a real service with real data."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.interop.environments import CLIENTS, HERE, ROOT, Environment, in_node
from tests.interop.pages import FOLDER, Code, code_of, installed_by, page_of, pinned, program

pytestmark = pytest.mark.slow

MATRIX = FOLDER / "README.md"
ALONE = ("-P",)
"""No import from where the program lies: folders here have the names of packages."""

WITH_PAGE = [client for client in CLIENTS if page_of(client).exists()]
WITH_CODE = [client for client in WITH_PAGE if code_of(page_of(client), {})]


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_gets_the_right_values(
    client: str, service, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    """
    What its check asks is answered with the values and types that its users expect.
    """
    made, check = environment(client), HERE / client / "check.py"
    told = service.environ | {"LIMNO_PAGE": str(page_of(client))}
    if check.exists():
        done = made.run([made.python, *ALONE, check], tmp_path, told)
    else:
        done = in_node(made, check.with_suffix(".mjs").read_text(), tmp_path, told)
    assert done.returncode == 0, f"the check of {client} said:\n{done.stdout}"


@pytest.mark.parametrize("client", WITH_CODE)
def test_the_code_of_the_page_runs_as_printed(
    client: str, service, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    """
    Copied from docs/clients/ in its order, it runs to the end in that client's environment.
    """
    made, page = environment(client), page_of(client)
    code = code_of(page, service.ports())
    for language in dict.fromkeys(block.language for block in code):
        lake = {"LAKE": service.environ["LAKE"]}
        done = run_code(made, code, language, page, tmp_path, lake)
        assert done.returncode == 0, f"the {language} code of {page.name} said:\n{done.stdout}"


def test_who_knows_pandas_has_a_data_frame_after_three_lines_of_the_readme(
    service, environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    """
    Copied from the README, they give every log entry of the lake, with times that pandas knows.
    """
    page = ROOT / "README.md"
    code = [block for block in code_of(page, service.ports()) if "import pandas" in block.text]
    lines = [line for block in code for line in block.text.splitlines() if line.strip()]
    assert len(lines) == 3
    more = "assert len(frame) > 0\nassert str(frame['time'].dtype) == 'datetime64[ns, UTC]'\n"
    code.append(Code("python", code[-1].line + len(lines) + 2, more))
    done = run_code(environment("pandas"), code, "python", page, tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("client", WITH_PAGE)
def test_the_page_installs_what_is_tested(client: str) -> None:
    """
    What a page tells its reader to install is pinned, and so was tested.
    """
    assert installed_by(page_of(client)) <= pinned(client).keys()


@pytest.mark.parametrize("client", WITH_PAGE)
def test_the_matrix_names_the_version_that_is_tested(client: str) -> None:
    """
    A row of the matrix leads to the page, and its version is one of the pins.
    """
    rows = [line for line in MATRIX.read_text().splitlines() if f"({client}.md)" in line]
    assert len(rows) == 1
    assert {cell.strip() for cell in rows[0].split("|")} & set(pinned(client).values())


def test_the_matrix_leads_to_every_page() -> None:
    """
    Also to the pages of clients that need no environment.
    """
    said = MATRIX.read_text()
    pages = {page.name for page in FOLDER.glob("*.md")} - {MATRIX.name}
    assert {name for name in pages if f"({name})" not in said} == set()


def run_code(  # noqa: PLR0917
    made: Environment,
    code: list[Code],
    language: str,
    page: Path,
    folder: Path,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Run the blocks of one language of a page as one program."""
    text = program(code, language)
    if language == "js":
        return in_node(made, text, folder, environ)
    if language == "sh":
        return made.run(["sh", "-euc", text], folder, environ)
    (folder / "page.py").write_text(text)
    runner = [made.python, *ALONE, HERE / "run_page.py", folder / "page.py", page]
    return made.run(runner, folder, environ)
