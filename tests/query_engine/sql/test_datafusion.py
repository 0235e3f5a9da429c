"""
What expressions mean and of which type they are, held against DataFusion.

``tests/fixtures/expressions/*.txt`` has one expression or query a line. Those after a line that
begins with ``!`` answer differently, as ``differences.py`` describes under the name on that line;
an empty line ends that. A difference that is gone fails the test too, so the page stays true.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import datafusion
import polars as pl
import pyarrow as pa
import pytest

from query_engine.sql import plan
from query_engine.sql.differences import DATAFUSION
from query_engine.sql.errors import SqlError
from query_engine.wire import to_batches, wire_schema
from tests.query_engine.sql.memory import NOW_NS, MemoryCatalog

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "expressions"
REFUSED = "refused or failed"

Answer = str | tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Case:
    """One expression, and why its answer differs if it does."""

    sql: str
    reason: str | None


def cases(path: Path) -> list[Case]:
    """Read a file of expressions."""
    found: list[Case] = []
    reason: str | None = None
    for line in path.read_text().splitlines():
        if not line:
            reason = None
        elif line.startswith("! "):
            reason = line[2:]
        elif not line.startswith("-- "):
            query = line.upper().startswith(("SELECT ", "WITH "))
            found.append(Case(line if query else f"SELECT {line}", reason))
    return found


ALL = {path.stem: cases(path) for path in sorted(FOLDER.glob("*.txt"))}


def answer(table: pa.Table) -> Answer:
    """Return type and values of the one column, without what is ours by design."""
    field = table.schema[0]
    column = table.column(0).combine_chunks()
    name = str(field.type).replace("string_view", "string").replace(", tz=UTC", "")
    if pa.types.is_timestamp(field.type) or pa.types.is_duration(field.type):
        column = column.cast(pa.int64())
    return name.replace("list<item: ", "list<"), tuple(sorted(map(repr, column.to_pylist())))


def ours(sql: str) -> Answer:
    """Return our answer as clients get it."""
    try:
        frame = plan(sql, MemoryCatalog(), now_ns=NOW_NS)
        schema = wire_schema(frame.collect_schema())
        rows = frame.collect(engine="streaming")
    except (SqlError, pl.exceptions.PolarsError):
        return REFUSED
    return answer(pa.Table.from_batches(list(to_batches(rows, schema)), schema))


def theirs(context: datafusion.SessionContext, sql: str) -> Answer:
    """Return DataFusion's answer."""
    with contextlib.suppress(Exception):  # it raises plain Exceptions for everything
        return answer(context.sql(sql).to_arrow_table())
    return REFUSED


@pytest.mark.parametrize("topic", ALL)
def test_expressions_answer_as_datafusions_do(topic: str) -> None:
    """
    Value, type and failure of every expression are DataFusion's, or there is a reason.
    """
    context = datafusion.SessionContext()
    wrong = []
    for case in ALL[topic]:
        mine, other = ours(case.sql), theirs(context, case.sql)
        if (mine == other) == (case.reason is not None):
            wrong.append(f"{case.sql}\n   ours {mine}\n   DataFusion {other}\n   {case.reason}")
    assert not wrong, "\n".join(wrong)


def test_every_difference_is_described() -> None:
    """
    A reader of docs/sql.md learns of everything that answers differently.
    """
    assert {c.reason for found in ALL.values() for c in found if c.reason} <= DATAFUSION.keys()


def test_there_are_several_hundred_expressions() -> None:
    """
    The files are found and read.
    """
    assert sum(map(len, ALL.values())) > 500
