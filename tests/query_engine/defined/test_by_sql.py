"""Views that administrators define in SQL, as those see it who ask."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from assets.errors import LakeError, StorageUnavailable
from assets.materialize import materialize
from assets.storage.metadata.session import outages_translated
from query_engine.defined.known import DefinedViews
from query_engine.defined.limits import LOOK_S

HOUR = timedelta(hours=1)
ROWS = "CREATE MATERIALIZED VIEW errors AS SELECT time, exe, msg FROM log_entries WHERE level <= 2"
COUNTS = """
    CREATE MATERIALIZED VIEW per_minute WITH (merge = 'auto', retention = '30 days') AS
    SELECT date_bin('1 minute', time) AS minute, level, count(*) AS n, min(msg) AS least
    FROM log_entries GROUP BY 1, 2
"""


def logs(*ticks, level=2):
    """Return log rows at these ticks."""
    return [{"time": tick, "msg": f"at {tick}", "level": level} for tick in ticks]


def test_a_view_of_rows_has_the_rows_of_its_select_wherever_they_are(asked, filled, new_sender):
    """
    In the tail, in the table, in both.
    """
    sender = new_sender()
    filled.write(sender, logs(1, 2), logs(3, level=4))
    said = asked.rows(ROWS)
    done = "errors is defined; its table is filled from the blocks that are kept"
    assert said.rows() == [("errors", done)]
    sql = "SELECT msg FROM errors ORDER BY msg"
    assert asked.rows(sql)["msg"].to_list() == ["at 1", "at 2"]
    materialize(filled.lake, asked.caches.views().named("errors"), filled.tables)
    filled.write(sender, logs(4))
    assert asked.rows(sql)["msg"].to_list() == ["at 1", "at 2", "at 4"]
    assert asked.counted("limnograph_query_tail_blocks", "errors") >= 1
    assert asked.counted("limnograph_query_files_scanned", "errors") == 1


def test_a_rollup_adds_up_whatever_was_built_when(asked, filled, new_sender):
    """
    Partial rows of increments and of the tail become one.
    """
    sender = new_sender()
    asked.rows(COUNTS)
    view = asked.caches.views().named("per_minute")
    for number in range(3):
        filled.write(sender, logs(number), shift=number * -HOUR)
        materialize(filled.lake, view, filled.tables)
    filled.write(sender, logs(7, level=1))
    assert asked.rows("SELECT level, n, least FROM per_minute ORDER BY level").rows() == [
        (1, 1, "at 7"),
        (2, 3, "at 0"),
    ]


def test_the_view_is_listed_where_tables_are(asked):
    """
    information_schema, SHOW TABLES, DESCRIBE, EXPLAIN and list_view_sets know it.
    """
    asked.rows(ROWS)
    listed = asked.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_name = 'errors'"
    )
    assert listed.height == 1
    assert "errors" in asked.rows("SHOW TABLES")["table_name"].to_list()
    assert asked.rows("DESCRIBE errors")["column_name"].to_list() == ["time", "exe", "msg"]
    assert asked.rows("EXPLAIN SELECT * FROM errors").height > 0
    sets = asked.rows("SELECT view_set_name FROM list_view_sets()")
    assert "errors" in sets["view_set_name"].to_list()


def test_dropping_a_view_takes_it_from_the_list(asked):
    """
    Queries of it fail then, and IF EXISTS makes a second time harmless.
    """
    asked.rows(ROWS)
    asked.rows("DROP MATERIALIZED VIEW errors")
    with pytest.raises(LakeError, match="no table 'errors'"):
        asked.rows("SELECT * FROM errors")
    with pytest.raises(LakeError, match="no view 'errors' was defined"):
        asked.rows("DROP MATERIALIZED VIEW errors")
    assert asked.rows("DROP MATERIALIZED VIEW IF EXISTS errors")["msg"].to_list() == [
        "there is no view errors"
    ]


def test_another_meaning_is_another_fingerprint_and_another_spelling_is_not(asked):
    """
    Rows are rebuilt when the meaning changes, and only then.
    """
    asked.rows(ROWS)
    first = asked.caches.views().named("errors")
    asked.rows(ROWS.replace("CREATE", "CREATE OR REPLACE").replace("<= 2", "<= 3"))
    second = asked.caches.views().named("errors")
    asked.rows(ROWS.replace("CREATE", "CREATE OR REPLACE").replace("SELECT", "SELECT  "))
    third = asked.caches.views().named("errors")
    assert first.fingerprint == third.fingerprint != second.fingerprint
    assert {view.table for view in (first, second, third)} == {"errors-1"}


def test_a_column_of_another_type_needs_another_table(asked, filled, new_sender):
    """
    The old table cannot keep it; its rows come from the blocks again.
    """
    filled.write(new_sender(), logs(1))
    asked.rows(ROWS)
    materialize(filled.lake, asked.caches.views().named("errors"), filled.tables)
    changed = ROWS.replace("CREATE", "CREATE OR REPLACE").replace("exe,", "level AS exe,")
    assert asked.rows(changed)["msg"][0].endswith("its columns need a new table")
    view = asked.caches.views().named("errors")
    assert view.table == "errors-2"
    assert asked.rows("SELECT exe FROM errors").rows() == [(2,)]
    materialize(filled.lake, view, filled.tables)
    assert asked.rows("SELECT exe FROM errors").rows() == [(2,)]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        (ROWS, "errors is defined already; write CREATE OR REPLACE"),
        (ROWS.replace("errors", "log_stats"), "log_stats is taken.*line 1, column 26"),
        (ROWS.replace("errors", "processes"), "processes is taken"),
        (
            ROWS.replace("<= 2", "<= date_part('day', now())"),
            "now is another time.*line 1, column 107",
        ),
        (COUNTS.replace("'auto'", "'auto', color = 'red'"), "no option color.*line 2, column 63"),
        (COUNTS.replace("min(msg)", "avg(level)"), r"avg over parts.*line 3, column 72"),
        (COUNTS.replace("30 days", "a while"), "retention is a number of days"),
        ("CREATE TABLE x AS SELECT 1", "CREATE TABLE is not supported.*MATERIALIZED VIEW is"),
        ("CREATE MATERIALIZED VIEW v AS INSERT", "a SELECT is expected before INSERT"),
        ("DROP TABLE x", "DROP TABLE is not supported"),
        ("DROP MATERIALIZED VIEW a, b", "nothing is expected before ,"),
        ("EXPLAIN DROP MATERIALIZED VIEW v", "EXPLAIN DROP is not supported"),
    ],
)
def test_what_cannot_be_a_view_is_told_with_its_place(asked, sql: str, error: str):
    """
    One line that says what, where, and what to do.
    """
    asked.rows(ROWS)
    with pytest.raises(LakeError, match=error):
        asked.rows(sql)


def test_only_administrators_define_views(asked):
    """
    For others nothing is defined, and that is told.
    """
    for sql in (ROWS, "DROP MATERIALIZED VIEW errors"):
        with pytest.raises(LakeError, match="views are defined by administrators"):
            asked.rows(sql, admin=False)


def test_preparing_a_statement_defines_nothing(asked, known):
    """
    Clients ask for the schema of a statement before they run it.
    """
    assert asked.service.schema(ROWS).names == ["view", "msg"]
    assert asked.caches.views().find("errors") is None


def test_another_program_learns_of_a_view_without_a_restart(asked, filled):
    """
    It asks for the revision when what it knows is old.
    """
    other = DefinedViews(filled.lake.connection, clock=iter(range(100)).__next__)
    assert other().find("errors") is None
    asked.rows(ROWS)
    assert other().find("errors") is not None


def test_a_program_that_never_read_the_definitions_answers_nothing(asked, filled):
    """
    Not even that there are only our own views; it asks again, at most every so often.
    """
    asked.rows(ROWS)
    now, looks = [0.0], []

    @contextmanager
    def connect():
        looks.append(now[0])
        where = "postgresql://nobody@127.0.0.1:1/none"
        with outages_translated():
            if len(looks) == 1:
                psycopg.connect(where)
            with filled.lake.connection() as conn:
                yield conn

    known = DefinedViews(connect, clock=lambda: now[0])
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="could not be read yet; try again: Postgres"):
            known()
    assert looks == [0.0]
    now[0] = LOOK_S
    assert known().find("errors") is not None


def test_a_view_can_be_built_from_a_defined_one(asked, filled, new_sender):
    """
    It is then not dropped or changed below it.
    """
    filled.write(new_sender(), logs(1, 2))
    asked.rows(ROWS)
    asked.rows(
        "CREATE MATERIALIZED VIEW many WITH (merge = 'auto') AS SELECT date_trunc('hour', time) AS"
        " hour, count(*) AS n FROM errors GROUP BY 1"
    )
    assert asked.rows("SELECT n FROM many").rows() == [(2,)]
    with pytest.raises(LakeError, match="many are built from errors"):
        asked.rows("DROP MATERIALIZED VIEW errors")
    with pytest.raises(LakeError, match="many is built from errors, and could not be any more"):
        asked.rows(
            "CREATE OR REPLACE MATERIALIZED VIEW errors AS SELECT time AS at FROM log_entries"
        )


def test_what_would_end_a_query_is_null_in_a_view(asked, filled, new_sender):
    """
    One odd event does not keep the others out of the table.
    """
    filled.write(new_sender(), [*logs(1), {"time": 2, "msg": "12", "level": 2}])
    asked.rows(
        "CREATE MATERIALIZED VIEW numbers AS SELECT time, msg::bigint AS n, 1 / (level - 2) AS q"
        " FROM log_entries"
    )
    materialize(filled.lake, asked.caches.views().named("numbers"), filled.tables)
    assert asked.rows("SELECT n, q FROM numbers ORDER BY time").rows() == [(None, None), (12, None)]
