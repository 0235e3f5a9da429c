"""The page about views of one's own: what it shows can be defined."""

import re
from pathlib import Path

import pytest

from assets.views.catalog import BUILT_IN
from query_engine.defined.compiled import compiled
from query_engine.defined.definition import OPTIONS
from query_engine.defined.files import read_file
from query_engine.defined.merging import MERGED_BY
from query_engine.sql import prepare
from query_engine.tables.catalog import SchemaCatalog

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "your-views.md").read_text()
STATEMENTS = [
    statement.strip()
    for block in re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for statement in block.split(";\n")
    if statement.strip()
]
FILES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statements_of_the_page_are_understood(sql: str) -> None:
    """
    Up to the point where they would change something.
    """
    assert prepare(sql, SchemaCatalog(), now_ns=0).schema.names() == ["view", "msg"]


@pytest.mark.parametrize("text", FILES)
def test_files_of_the_page_are_definitions(text: str, tmp_path: Path) -> None:
    """
    With their SELECT.
    """
    path = tmp_path / "failures.toml"
    path.write_text(text)
    assert compiled(read_file(path).definition, BUILT_IN).merge is not None


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("views/*.toml")), ids=str)
def test_files_of_the_examples_are_definitions(path: Path) -> None:
    """
    As the service reads them.
    """
    compiled(read_file(path).definition, BUILT_IN)


def test_the_page_names_every_option_and_every_aggregate_that_merges() -> None:
    """
    What the code knows is told.
    """
    assert [name for name in (*OPTIONS, *MERGED_BY) if f"`{name}`" not in PAGE] == []
