"""Keys of maps are read from columns where a file has them, and the answers stay the same."""

from pathlib import Path

import pytest

from assets.materialize import materialize
from assets.storage.tables import promoted
from assets.views.catalog import view_named
from query_engine.callers import EVERYBODY
from query_engine.cancel import CancelToken
from query_engine.sql import plan
from query_engine.workers.scratch import Scratch

LOGS = view_named("log_entries")


@pytest.fixture(autouse=True)
def every_commit_counts(monkeypatch):
    """Let one row be enough to promote."""
    monkeypatch.setattr(promoted, "HOT_ROWS", 1)


def logs(*maps):
    """Return log rows with these properties."""
    return [
        {"time": i, "msg": repr(sorted(m.items())), "properties": m} for i, m in enumerate(maps)
    ]


@pytest.fixture
def mixed(asked, filled, new_sender):
    """A table with files of every kind, and a tail: all ways to keep a key at once."""
    batches = [
        [{}, {"other": "x"}],  # before the key is promoted
        [{"route": "/pay"}, {"route": "/cart"}, {}],  # promoted here
        [{"Route": "/upper"}, {"route": "/pay", "ROUTE": "/both"}],  # two spellings: not believed
        [{"route": "/zoo"}],
    ]
    for batch in batches:
        filled.write(new_sender(), logs(*batch))
        materialize(filled.lake, LOGS, filled.tables)
    filled.write(new_sender(), logs({"route": "/pay"}, {"roUte": "/tail"}, {}))
    return asked


def plan_text(asked, sql):
    """Return the engine's plan of a query."""
    scratch = Scratch(Path("/nowhere"))
    with asked.service._tables.open(None, CancelToken(60), scratch, reader=EVERYBODY) as catalog:
        return plan(sql, catalog, now_ns=0).explain()


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        ("property_get(properties, 'route')", "/cart /pay /pay /pay /tail /upper /zoo"),
        ("properties['route']", "/cart /pay /pay /pay /zoo"),
    ],
)
def test_a_key_has_the_same_value_wherever_it_is_kept(mixed, lookup, found):
    """
    Old files, believed files, files with two spellings, and the tail: each row answers as its map.
    """
    sql = f"SELECT {lookup} AS route FROM log_entries WHERE {lookup} IS NOT NULL ORDER BY 1"
    assert mixed.rows(sql)["route"].to_list() == found.split()
    sql = f"SELECT count(*) AS n FROM log_entries WHERE {lookup} = '/pay'"
    assert mixed.rows(sql)["n"].item() == 3
    sql = f"SELECT count(*) AS n FROM log_entries WHERE {lookup} IS NULL"
    assert mixed.rows(sql)["n"].item() == 11 - len(found.split())


def test_files_are_left_out_by_the_statistics_of_a_key(mixed):
    """
    Of the files that keep the key only those are read that can hold its value.
    """
    before = mixed.counted("limnograph_query_files_pruned", "log_entries")
    mixed.rows("SELECT msg FROM log_entries WHERE property_get(properties, 'route') = '/zoo'")
    assert mixed.counted("limnograph_query_files_pruned", "log_entries") == before + 1


def test_the_map_is_not_read_where_the_key_has_a_column(asked, filled, new_sender):
    """
    In Delta files a promoted key costs a text column and nothing more.
    """
    filled.write(new_sender(), logs({"route": "/pay"}, {"route": "/cart"}))
    materialize(filled.lake, LOGS, filled.tables)
    by_key = "SELECT msg FROM log_entries WHERE property_get(properties, 'route') = '/pay'"
    assert 'col("properties")' not in plan_text(asked, by_key)
    assert 'col("properties")' in plan_text(asked, by_key.replace("'route'", "'Route'"))


def test_a_group_of_maps_is_asked_for_its_key(mixed):
    """
    Above GROUP BY only the group's map is left; the key is looked up in it.
    """
    sql = """
        SELECT property_get(properties, 'route') AS route, count(*) AS n
        FROM log_entries GROUP BY properties HAVING property_get(properties, 'route') = '/pay'
        ORDER BY n
    """
    assert mixed.rows(sql).rows() == [("/pay", 1), ("/pay", 2)]


def test_a_process_of_the_view_and_joins_read_keys_too(mixed):
    """
    A key's column survives whatever stands between the scan and its reader.
    """
    sql = """
        SELECT l.properties['route'] AS route, p.n
        FROM log_entries l LEFT JOIN
            (SELECT property_get(properties, 'route') AS r, count(*) AS n
             FROM view_instance('log_entries', 'global') GROUP BY 1) p
        ON p.r = property_get(l.properties, 'route')
        WHERE l.properties['route'] = '/cart'
    """
    assert mixed.rows(sql).rows() == [("/cart", 1)]
