"""
Every standard function answers as DataFusion's does, over columns of edge values.

One line of ``tests/fixtures/functions/*.sql`` is an expression over the table of ``oracle.py``, or
a whole query. ``-- fails`` after it says that it is an error for both, ``-- differs: name`` that we
mean something else, which ``query_engine/sql/differences.py`` describes.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from query_engine.sql.differences import DATAFUSION
from tests.query_engine.functions.oracle import difference, row_query

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "functions"
DIFFERS, FAILS = "  -- differs: ", "  -- fails"


@dataclass(frozen=True, slots=True)
class Case:
    """One line; *reason* names how we differ, and is empty where we do not."""

    sql: str
    reason: str
    fails: bool


def cases() -> list[object]:
    """Return the lines of all files."""
    found: list[object] = []
    for path in sorted(FIXTURES.glob("*.sql")):
        for line in path.read_text().splitlines():
            text, _, reason = line.partition(DIFFERS)
            fails, text = text.endswith(FAILS), text.removesuffix(FAILS)
            if text.strip():
                sql = text if text.startswith("SELECT ") else row_query(text)
                found.append(pytest.param(Case(sql, reason, fails), id=f"{path.stem}: {text}"))
    return found


@pytest.mark.parametrize("case", cases())
def test_the_answer_is_datafusions(case: Case) -> None:
    """
    Values, NULLs, the kind of the type, and which values are errors; what differs is declared.
    """
    found = difference(case.sql, fails=case.fails)
    if case.reason:
        assert case.reason in DATAFUSION
        assert found is not None, f"it no longer differs: {case.reason}"
    else:
        assert found is None, found
