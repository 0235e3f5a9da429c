"""Every name of DataFusion is here, or on the list that says why not."""

import pytest
from datafusion import SessionConfig, SessionContext

from query_engine.functions.absent import ABSENT, IN_PART
from query_engine.functions.catalog import AGGREGATES_BY_NAME, SCALARS_BY_NAME, WINDOWS_BY_NAME
from query_engine.sql import plan
from query_engine.sql.calls import ARROW_CALLS, GROUPINGS
from query_engine.sql.errors import UnknownFunction
from tests.query_engine.sql.memory import MemoryCatalog

SYNTAX = {"position", "overlay"}
"""Calls that the parser knows: their arguments may stand between keywords."""

OURS = {*SCALARS_BY_NAME, *AGGREGATES_BY_NAME, *WINDOWS_BY_NAME, *ARROW_CALLS, *GROUPINGS, *SYNTAX}


def theirs() -> set[str]:
    """Return the names of DataFusion's functions of rows, groups and windows."""
    session = SessionContext(SessionConfig().with_information_schema(enabled=True))
    sql = (
        "SELECT DISTINCT routine_name FROM information_schema.routines "
        "WHERE function_type IN ('SCALAR', 'AGGREGATE', 'WINDOW')"
    )
    return set(session.sql(sql).to_pydict()["routine_name"])


def test_every_function_of_datafusion_is_here_or_its_absence_is_explained() -> None:
    """
    A query written for DataFusion meets no surprise that the page does not tell.
    """
    assert theirs() - OURS == set(ABSENT)


def test_the_list_of_missing_parts_names_functions_that_are_here() -> None:
    """
    The list does not outlive what it excuses.
    """
    assert set(IN_PART) <= OURS


@pytest.mark.parametrize("name", ABSENT)
def test_an_absent_function_is_refused_with_the_reason(name: str) -> None:
    """
    The reason is more use than a name that is spelled alike.
    """
    with pytest.raises(UnknownFunction) as raised:
        plan(f"SELECT {name}(1)", MemoryCatalog(), now_ns=0)
    assert raised.value.hint == ABSENT[name]
