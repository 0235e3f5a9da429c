"""What happens at each limit of views that operators define."""

from pathlib import Path

import pytest

from assets.errors import CallerError
from assets.storage.metadata.defined_views import problems, stored_views
from assets.views.catalog import BUILT_IN
from query_engine.defined import changes, folder
from query_engine.defined.changes import define
from query_engine.defined.compiled import compiled
from query_engine.defined.definition import Definition, WrongOption
from query_engine.defined.known import DefinedViews
from query_engine.defined.limits import (
    COLUMNS_MAX,
    DEFINITION_SQL_CHARS_MAX,
    DOC_CHARS_MAX,
    LOOK_S,
    NAME_CHARS_MAX,
    OWN_CHANGE_S,
    RETENTION_DAYS_MAX,
)
from query_engine.sql.errors import SqlError

SQL = "SELECT time FROM log_entries"


@pytest.mark.parametrize(
    ("name", "sql", "options", "error"),
    [
        ("v" * (NAME_CHARS_MAX + 1), SQL, {}, "60 in all at most"),
        ("v", SQL + " " * 3 + "-" * DEFINITION_SQL_CHARS_MAX, {}, "longer than 20000"),
        ("v", SQL, {"merge": "x" * (DEFINITION_SQL_CHARS_MAX + 1)}, "longer than 20000"),
        ("v", SQL, {"doc": "x" * (DOC_CHARS_MAX + 1)}, "longer than 2000"),
        ("v", SQL, {"retention": f"{RETENTION_DAYS_MAX + 1} days"}, "up to 36500"),
    ],
)
def test_a_definition_over_a_limit_is_refused(name: str, sql: str, options, error: str) -> None:
    """
    With the limit in the text.
    """
    with pytest.raises(WrongOption, match=error):
        Definition.of_options(name, sql, options)


def test_a_view_has_so_many_columns_with_names_of_such_a_length() -> None:
    """
    One more, or a longer one, is refused.
    """
    listed = ", ".join(f"level AS c{number}" for number in range(COLUMNS_MAX))
    with pytest.raises(SqlError, match="at most 200 columns"):
        compiled(Definition("v", f"SELECT time, {listed} FROM log_entries"), BUILT_IN)
    long = "c" * (NAME_CHARS_MAX + 1)
    with pytest.raises(SqlError, match="column 2 is called"):
        compiled(Definition("v", f"SELECT time, level AS {long} FROM log_entries"), BUILT_IN)


def test_one_view_more_is_refused(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Those there are can still be changed.
    """
    monkeypatch.setattr(changes, "VIEWS_MAX", 1)
    with filled.lake.connection() as conn:
        define(conn, Definition("a", SQL), "sql", replaces=False)
        with pytest.raises(CallerError, match="VIEWS_MAX"):
            define(conn, Definition("b", SQL), "sql", replaces=False)
        define(conn, Definition("a", SQL + " WHERE level = 1"), "sql", replaces=True)


def test_files_beyond_the_limit_are_told(
    filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The first ones are read.
    """
    monkeypatch.setattr(folder, "FILES_MAX", 1)
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(f'sql = "{SQL}"')
    with filled.lake.connection() as conn:
        folder.publish(conn, tmp_path)
        assert [one.name for one in stored_views(conn)] == ["a"]
        assert "FILES_MAX" in problems(conn)[0].problem


def test_a_program_goes_by_what_it_knows_for_so_long(filled) -> None:
    """
    And asks at once after it was told of a change.
    """
    now = [0.0]
    known = DefinedViews(filled.lake.connection, clock=lambda: now[0])
    assert known().find("a") is None
    with filled.lake.connection() as conn:
        define(conn, Definition("a", SQL), "sql", replaces=False)
    now[0] = LOOK_S / 2
    assert known().find("a") is None
    now[0] = LOOK_S
    assert known().find("a") is not None
    with filled.lake.connection() as conn:
        define(conn, Definition("b", SQL), "sql", replaces=False)
    assert known().find("b") is None
    known.expect_change()
    assert known().find("b") is not None
    now[0] += OWN_CHANGE_S + LOOK_S
    assert known().find("b") is not None
