"""Which prepared statements are kept, and for how long."""

import pyarrow as pa
import pytest

from query_engine.flight.limits import BOUND_BYTES_MAX, STATEMENT_SECONDS_MAX, STATEMENTS_MAX
from query_engine.flight.statements import Statement, Statements, new_statement, with_values
from query_engine.service import PreparedQuery

QUERY = PreparedQuery(pa.schema([]), pa.schema([]))


@pytest.fixture
def now():
    """A clock that is set by hand."""
    return [0.0]


@pytest.fixture
def statements(now):
    """No statements yet."""
    return Statements(lambda: now[0])


def kept(statements, number=1):
    """Keep so many statements; returns their names."""
    made = [new_statement("SELECT 1", (), QUERY) for _ in range(number)]
    for statement in made:
        statements.keep(statement)
    return [statement.name for statement in made]


def test_what_is_not_used_is_forgotten(statements, now):
    """
    STATEMENT_SECONDS_MAX counts from the last use.
    """
    used, unused = kept(statements, 2)
    now[0] = STATEMENT_SECONDS_MAX
    assert statements.get(used)
    now[0] += 1
    assert statements.get(unused) is None
    assert statements.get(used)
    assert len(statements) == 1


def test_one_too_many_makes_the_oldest_be_forgotten(statements):
    """
    STATEMENTS_MAX are kept; the one used longest ago goes.
    """
    first, second, *_ = kept(statements, STATEMENTS_MAX)
    statements.get(first)
    kept(statements)
    assert len(statements) == STATEMENTS_MAX
    assert statements.get(first)
    assert statements.get(second) is None


def test_too_many_bytes_make_the_oldest_be_forgotten(statements):
    """
    BOUND_BYTES_MAX counts the values of all; new values replace old ones.
    """
    quarter = pa.table({"1": pa.nulls(BOUND_BYTES_MAX // 32, pa.int64())})
    made = [new_statement("SELECT ?", ("1",), QUERY) for _ in range(5)]
    for _ in range(3):
        statements.keep(with_values(made[0], quarter, QUERY))
    assert statements.get(made[0].name)
    for statement in made[1:]:
        statements.keep(with_values(statement, quarter, QUERY))
    assert [statements.get(s.name) is not None for s in made] == [False, False, True, True, True]


def test_a_closed_statement_frees_its_values(statements):
    """
    Closing twice is harmless.
    """
    values = pa.table({"1": pa.nulls(BOUND_BYTES_MAX // 16, pa.int64())})
    for _ in range(3):
        statement: Statement = with_values(new_statement("SELECT ?", ("1",), QUERY), values, QUERY)
        statements.keep(statement)
        assert statements.get(statement.name)
        statements.close(statement.name)
        statements.close(statement.name)
    assert len(statements) == 0
