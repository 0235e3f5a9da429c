"""Questions in the style of the reference: its dialect, functions and tables, over the lake."""

from pathlib import Path

import pytest

from query_engine.sql import prepare
from query_engine.tables.catalog import SchemaCatalog
from tests.query_engine.sql.memory import NOW_NS

TEXT = (Path(__file__).resolve().parents[2] / "fixtures" / "reference_style.sql").read_text()
QUERIES = [query.strip() for query in TEXT.split(";") if query.strip()]


@pytest.mark.parametrize("sql", QUERIES)
def test_a_question_of_the_reference_is_understood(sql: str) -> None:
    """
    Over the lake's own tables; what it answers is tested where the functions and tables are.
    """
    assert prepare(sql, SchemaCatalog(), now_ns=NOW_NS).schema.names()
