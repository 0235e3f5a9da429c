"""A folder of definitions: what its files say is what is defined."""

from pathlib import Path

import pytest

from assets.checks.check import ask
from assets.checks.definitions import DEFINITIONS_USABLE
from assets.maintain.task import Site
from assets.storage.metadata.defined_views import problems
from assets.storage.metadata.retention import rules
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from query_engine.defined.definition import Definition
from query_engine.defined.files import WrongFile, read_file
from query_engine.folder_watch import FolderWatch

GOOD = '''
doc = "What went wrong."
retention = "30 days"
sql = """
SELECT time, exe, msg
FROM log_entries
WHERE level <= 2
"""
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    made = tmp_path / "views"
    made.mkdir()
    return made


@pytest.fixture
def watch(filled, folder: Path) -> FolderWatch:
    """Return what follows the folder; it looks when a test says so."""
    return FolderWatch(filled.lake, folder)


def told(filled) -> list[str]:
    """Return what is noted as wrong."""
    with filled.lake.connection() as conn:
        return [f"{Path(one.origin).name}: {one.problem}" for one in problems(conn)]


def test_a_file_defines_a_view_changes_it_and_drops_it(filled, folder, watch, known):
    """
    Whatever happens to the file happens to the view.
    """
    file = folder / "errors.toml"
    file.write_text(GOOD)
    watch.look()
    known.expect_change()
    view = known().named("errors")
    assert (view.doc, view.schema.names()) == ("What went wrong.", ["time", "exe", "msg"])
    with filled.lake.connection() as conn:
        assert rules(conn)["errors"].keep_days == 30
    file.write_text(GOOD.replace("exe, ", ""))
    watch.look()
    assert known().named("errors").schema.names() == ["time", "msg"]
    file.unlink()
    watch.look()
    assert known().find("errors") is None
    assert told(filled) == []


def test_a_bad_file_takes_nothing_else_down(filled, folder, watch, known):
    """
    The others are defined, what the file defined before goes on, and the fault is told.
    """
    known.expect_change()
    (folder / "errors.toml").write_text(GOOD)
    (folder / "broken.toml").write_text(GOOD.replace("<= 2", "<= 2 LIMIT 3"))
    watch.look()
    assert known().find("errors") is not None
    assert [text.partition(";")[0] for text in told(filled)] == [
        "broken.toml: LIMIT and OFFSET depend on which events came first (at line 7, column 24)"
    ]
    (folder / "errors.toml").write_text("sql = ")
    watch.look()
    assert known().find("errors") is not None
    assert len(told(filled)) == 2
    site = Site(filled.lake, TableCache(), None, BUILT_IN)
    verdict = ask(DEFINITIONS_USABLE, site, LOG_ENTRIES)
    assert not verdict.passed
    assert "broken.toml" in verdict.message
    (folder / "errors.toml").write_text(GOOD)
    (folder / "broken.toml").unlink()
    watch.look()
    assert told(filled) == []
    assert ask(DEFINITIONS_USABLE, site, LOG_ENTRIES).passed


def test_a_file_may_read_a_view_of_a_file_that_comes_after_it(folder, watch, known):
    """
    The order of the names means nothing.
    """
    known.expect_change()
    (folder / "a.toml").write_text('sql = "SELECT time, msg FROM z"')
    (folder / "z.toml").write_text('sql = "SELECT time, msg FROM log_entries"')
    watch.look()
    assert {"a", "z"} <= {view.name for view in known().materialized}


def test_a_folder_that_cannot_be_read_drops_nothing(filled, folder, watch, known):
    """
    A disk that is not mounted is no wish to lose views.
    """
    known.expect_change()
    (folder / "errors.toml").write_text(GOOD)
    watch.look()
    folder.rename(folder.with_name("elsewhere"))
    watch.look()
    assert known().find("errors") is not None
    assert told(filled)[0].startswith("views: the folder cannot be read")


def test_a_view_of_sql_is_not_taken_over_by_a_file_nor_the_other_way(asked, filled, folder, watch):
    """
    Who defines a view is told.
    """
    asked.rows("CREATE MATERIALIZED VIEW errors AS SELECT time FROM log_entries")
    (folder / "errors.toml").write_text(GOOD)
    watch.look()
    assert told(filled) == [
        "errors.toml: errors is defined by CREATE MATERIALIZED VIEW: change or drop it there"
    ]


def test_a_view_of_a_file_that_sql_drops_is_defined_again(asked, folder, watch, known):
    """
    The file says what there is; dropping is for files that are gone.
    """
    (folder / "errors.toml").write_text(GOOD)
    watch.look()
    said = asked.rows("DROP MATERIALIZED VIEW errors")["msg"][0]
    assert said.endswith("errors.toml defines it again")
    watch.look()
    known.expect_change()
    assert known().find("errors") is not None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: sql is missing"),
        ("sql = 3", "line 1: sql is missing, or no text"),
        ("sql = ''", "line 1: the SELECT is empty"),
        ('doc = "x"\n\ncolour = "red"\nsql = "SELECT 1"', "line 3: there is no key colour"),
        ('sql = "SELECT 1"\n[more]\nx = 1', "line 2: there is no section more"),
        ('sql = "SELECT 1"\nname = "other"', "line 2: the file is called v.toml"),
        ('sql = "SELECT 1"\nretention = 3', "line 2: retention is a number of days"),
        ('sql = "SELECT 1"\nsort_by = [1]', "line 2: sort_by is a list of texts"),
        ("sql = ", "it is not TOML: .*line 1"),
        ('sql = "SELECT 1"\nsql = "SELECT 2"', "it is not TOML: .*line 2"),
        ("a" * 70_000, "it is larger than 65536 bytes"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(folder, text: str, error: str):
    """
    One line that says where and why.
    """
    path = folder / "v.toml"
    path.write_text(text)
    with pytest.raises(WrongFile, match=error):
        read_file(path)


def test_bytes_that_are_no_text_are_told_with_their_line(folder):
    """
    Also where nothing is TOML.
    """
    path = folder / "v.toml"
    path.write_bytes(b'doc = "x"\nsql = "\xff"')
    with pytest.raises(WrongFile, match="line 2: this is no UTF-8"):
        read_file(path)


def test_a_definition_is_the_same_after_it_was_kept():
    """
    JSON keeps every field.
    """
    options = {
        "merge": "auto",
        "sort_by": "a, b",
        "found_by": "trace_id, properties['otel.trace_id']",
        "retention": "7 days",
    }
    made = Definition.of_options("v", "SELECT 1", options)
    assert made.found_by == ("trace_id", ("properties", "otel.trace_id"))
    assert Definition.of_fields(made.fields()) == made
