"""The page of the SQL language: made from the code, complete, and its examples run."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from sqlglot import exp

from query_engine.functions.reference import printed
from query_engine.sql import plan
from query_engine.sql.clauses import LOWERED
from query_engine.sql.dialect import parse
from query_engine.sql.differences import DATAFUSION
from query_engine.sql.positions import Source
from query_engine.sql.reference import PARTS, filled, names_of_types
from query_engine.sql.statements import Query, read_statement
from query_engine.tables.catalog import SchemaCatalog
from tests.query_engine.sql.memory import NOW_NS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "sql.md").read_text()
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
BLOCKS = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    (sql, result)
    for block in BLOCKS
    for sql, result in re.findall(r"((?s:.+?));(?:  -- (.+))?\n", block)
]
CONSTANT = {(exp.Div, "typed"), (exp.Div, "safe"), (exp.DPipe, "safe"), (exp.Boolean, "this")}
"""Arguments that the parser always sets, or whose other value is FALSE."""


def test_the_page_is_up_to_date() -> None:
    """
    Run `python -m query_engine.sql.reference docs/sql.md` after changing what it is made from.
    """
    assert filled(PAGE) == PAGE


def test_every_made_part_stands_in_the_page() -> None:
    """
    Nothing that the code knows about is left out.
    """
    assert re.findall(r"<!-- made: (\w+) -->", PAGE) == list(PARTS)


@pytest.mark.parametrize(
    ("name", "dtype"), [(n, dtype) for dtype, names in names_of_types().items() for n in names]
)
def test_every_name_of_a_type_is_understood(name: str, dtype: pl.DataType) -> None:
    """
    A name in the table of types is one that CAST takes.
    """
    frame = plan(f"SELECT CAST(NULL AS {name})", SchemaCatalog(), now_ns=NOW_NS)
    assert frame.collect_schema().dtypes() == [dtype]


@pytest.mark.parametrize(("sql", "result"), EXAMPLES, ids=[sql for sql, _ in EXAMPLES])
def test_the_example_runs(sql: str, result: str) -> None:
    """
    What is shown is understood over the tables of the lake; a value that is shown is the answer.

    After ``with`` stand parameters.
    """
    answer, _, given = result.partition("with ")
    parameters = json.loads(given) if given else None
    found = plan(sql, SchemaCatalog(), now_ns=NOW_NS, parameters=parameters).collect()
    if answer:
        assert found.shape == (1, 1), "an answer is shown for a query of one value"
        assert printed(found.to_dicts()[0][found.columns[0]]) == answer.rstrip()


def test_every_clause_is_shown_by_an_example() -> None:
    """
    What clauses.py lists as understood is documented: an example uses each argument of each node.
    """
    used: set[tuple[type[exp.Expr], str]] = set()
    for sql, _ in EXAMPLES:
        if isinstance(read_statement(Source(sql)), Query):
            for node in parse(Source(sql)).walk():
                used |= {(type(node), name) for name, value in node.args.items() if value}
    promised = {(kind, name) for kind, names in LOWERED.items() for name in names}
    assert sorted(f"{k.__name__}.{n}" for k, n in promised - used - CONSTANT) == []


def test_no_difference_is_described_that_no_longer_is() -> None:
    """
    Each difference from DataFusion that the page lists is shown by a fixture, which is tested.
    """
    files = [*FIXTURES.glob("expressions/*.txt"), *FIXTURES.glob("functions/*.sql")]
    lines = [line for path in files for line in path.read_text().splitlines()]
    shown = {line[2:] for line in lines if line.startswith("! ")}
    shown |= {line.partition("  -- differs: ")[2] for line in lines}
    assert DATAFUSION.keys() == shown - {""}
