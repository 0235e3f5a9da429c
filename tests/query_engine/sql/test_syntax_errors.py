"""Texts that are no SQL: what is said, and where."""

import pytest

from query_engine.sql import plan
from query_engine.sql.errors import SyntaxProblem
from query_engine.tables.catalog import SchemaCatalog

WRONG = {
    "SELECT time FROM log_entries ORDER BY": 'at "ORDER BY": something is missing after it',
    "SELECT * FROM": 'at "FROM": something is missing after it',
    "SELECT * FROM log_entries JOIN WHERE": 'at "WHERE": Expected table name',
    "SELECT (1": 'at "1": Expecting )',
    "SELECT a b c FROM log_entries": 'at "c": Invalid expression / Unexpected token',
    "SELECT CAST(time AS) FROM log_entries": 'at "AS": something is missing after it',
}


@pytest.mark.parametrize("sql", WRONG)
def test_a_syntax_error_names_the_place_and_nothing_of_the_parser(sql: str) -> None:
    """
    The analyst knows SQL, not the library that reads it: no class, token or type of it is shown.
    """
    with pytest.raises(SyntaxProblem) as raised:
        plan(sql, SchemaCatalog(), now_ns=0)
    said = str(raised.value)
    assert WRONG[sql] in said
    assert not any(word in said for word in ("sqlglot", "Token", "SENTINEL", "<"))
    assert raised.value.line == 1
