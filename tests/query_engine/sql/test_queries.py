"""
The fixture queries: what each yields, or how it is refused, over the small lake of ``memory.py``.

A case is a comment, a query up to the semicolon that ends a line, and lines that begin with
``-->``: the columns and then the rows, or one line ``!`` with class, position and message. Rows
without ORDER BY are compared in sorted order. ``python -m tests.query_engine.sql.test_queries``
writes the answers of new cases for review.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from query_engine.functions.reference import printed
from query_engine.sql import plan
from query_engine.sql.errors import SqlError
from tests.query_engine.sql.memory import NOW_NS, lake

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "queries"


@dataclass(frozen=True)
class Case:
    """One query and the lines that it should yield."""

    title: str
    sql: str
    expected: tuple[str, ...]


def cases(path: Path) -> list[Case]:
    """Read a fixture file."""
    found = []
    for block in re.split(r"\n\s*\n", path.read_text().strip()):
        lines = block.splitlines()
        assert lines[0].startswith("-- "), f"{path.name}: a case begins with its title"
        expected = [line[3:].strip() for line in lines[1:] if line.startswith("-->")]
        sql = "\n".join(line for line in lines[1:] if not line.startswith("-->"))
        found.append(Case(lines[0][3:], sql.removesuffix(";") or ";", tuple(expected)))
    return found


ALL = {path: cases(path) for path in sorted(FOLDER.glob("*.sql"))}


def answer(sql: str, engine: str) -> tuple[str, ...]:
    """Run a query and write its result as fixture lines."""
    try:
        frame = plan(sql, lake(), now_ns=NOW_NS).collect(engine=engine)
    except SqlError as error:
        place = f"{error.line}:{error.column}"
        hint = f"; {error.hint}" if error.hint else ""
        return (f"! {type(error).__name__} {place} {error.message}{hint}",)
    shown = frame.with_columns(
        pl.col(pl.Duration).dt.to_string("iso"),
        pl.col(pl.Date).cast(pl.String),
    )
    rows = [" | ".join(map(printed, row.values())).strip() for row in shown.to_dicts()]
    rows = rows if re.search(r"\border by\b", sql, re.IGNORECASE) else sorted(rows)
    return (" | ".join(shown.columns), *rows)


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=f"{path.stem}-{c.title}") for path, found in ALL.items() for c in found],
)
def test_the_query_yields_what_the_fixture_says(case: Case, engine: str) -> None:
    """
    Each fixture states one rule of the language with a query, on both engines.
    """
    assert answer(case.sql, engine) == case.expected


def test_every_file_has_cases() -> None:
    """
    A fixture file that is not read proves nothing.
    """
    assert len(ALL) >= 9
    assert all(len(found) >= 3 for found in ALL.values())


if __name__ == "__main__":
    for path, found in ALL.items():
        texts = []
        for case in found:
            expected = case.expected or answer(case.sql, "streaming")
            body = case.sql if case.sql == ";" else case.sql + ";"
            texts.append("\n".join([f"-- {case.title}", body, *(f"--> {e}" for e in expected)]))
        path.write_text("\n\n".join(texts) + "\n")
        sys.stdout.write(f"{path.name}: {len(found)} cases\n")
