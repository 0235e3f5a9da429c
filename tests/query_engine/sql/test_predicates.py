"""What scans are asked for: predicates that hold, columns that are read, limits."""

import pytest

from query_engine.sql import plan
from query_engine.sql.catalog import ColumnPredicate, ScanRequest
from query_engine.sql.limits import IN_PREDICATE_VALUES_MAX
from tests.query_engine.sql.memory import MINUTE_NS, NOW_NS, lake

HOUR_NS = 60 * MINUTE_NS


def requests(sql: str, table: str = "log_entries") -> list[ScanRequest]:
    """Return what the scans of *table* are asked for by a query."""
    catalog = lake()
    plan(sql, catalog, now_ns=NOW_NS)
    return catalog.table(table).requests


def predicates(sql: str, table: str = "log_entries") -> set[tuple[str, str, object]]:
    """Return the predicates of the only scan of *table*."""
    (request,) = requests(sql, table)
    return {(p.column, p.op, p.value) for p in request.predicates}


HOUR_AGO = ("time", ">=", NOW_NS - HOUR_NS)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("time >= now() - INTERVAL '1 hour'", {HOUR_AGO}),
        ("now() - INTERVAL '1 hour' <= time", {HOUR_AGO}),
        ("time >= '2026-02-02T01:40:00Z'", {HOUR_AGO}),
        ("time >= TIMESTAMP '2026-02-02 01:40:00' AND true", {HOUR_AGO}),
        ("time >= to_timestamp(1770000000 - 3600)", {HOUR_AGO}),
        ("time >= date_trunc('hour', now())", {("time", ">=", NOW_NS - 40 * MINUTE_NS)}),
        (
            "time BETWEEN now() - INTERVAL '1 hour' AND now()",
            {HOUR_AGO, ("time", "<=", NOW_NS)},
        ),
        ("time >= DATE '2026-02-02'", {("time", ">=", NOW_NS - 160 * MINUTE_NS)}),
        ("process_id = 'a' AND level > 2", {("process_id", "=", "a"), ("level", ">", 2)}),
        ("process_id IN ('a', 'b', NULL)", {("process_id", "in", ("a", "b"))}),
        ("level = 1 OR level IN (3, 4)", {("level", "in", (1, 3, 4))}),
        ("level = 1 OR level > 3", {("level", ">=", 1)}),
        (
            "level > 2 AND process_id = 'a' OR level > 5 AND process_id = 'b'",
            {("level", ">=", 2), ("process_id", "in", ("a", "b"))},
        ),
        ("process_id = 'a' OR level = 1", set()),
        ("level <> 3", set()),
        ("NOT level > 3", set()),
        ("level + 1 > 3", set()),
        ("level > 2.5", set()),
        ("msg LIKE 'error%'", set()),
        ("value < 2.0", {("value", "<", 2.0)}),
        ("value > 2.0", set()),
        ("level = NULL", set()),
        ("level > (SELECT 1)", set()),
        ("process_id = msg", set()),
    ],
)
def test_comparisons_with_constants_reach_the_scan(where: str, expected: set[object]) -> None:
    """
    Constants are computed first; nothing is said of what is not a plain comparison, nor of floats
    from below, because NaN is above every bound and in no statistic.
    """
    assert predicates(f"SELECT msg FROM log_entries WHERE {where}") == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (SELECT level AS n, msg FROM log_entries) t WHERE n = 3",
        "WITH t AS (SELECT level AS n FROM log_entries) SELECT n FROM t WHERE n = 3",
        "SELECT * FROM (SELECT DISTINCT level FROM log_entries) t WHERE level = 3",
        "SELECT * FROM (SELECT level, msg FROM log_entries ORDER BY msg) t WHERE level = 3",
        "SELECT level, count(*) FROM log_entries GROUP BY level HAVING level = 3",
        "SELECT * FROM (SELECT level, count(*) FROM log_entries GROUP BY 1) t WHERE level = 3",
        (
            "SELECT * FROM (SELECT level FROM log_entries UNION ALL SELECT id FROM spans) t "
            "WHERE level = 3"
        ),
        "SELECT 1 FROM log_entries JOIN spans ON level = id WHERE level = 3",
        "SELECT 1 FROM log_entries, spans WHERE level = 3",
        "SELECT 1 FROM log_entries JOIN processes USING (process_id) WHERE level = 3",
        "SELECT 1 FROM log_entries l JOIN processes p ON l.process_id = p.process_id AND level = 3",
        "SELECT 1 FROM log_entries LEFT JOIN processes USING (process_id) WHERE level = 3",
        "SELECT 1 FROM processes LEFT JOIN log_entries USING (process_id) WHERE level = 3",
        (
            "SELECT 1 FROM processes p LEFT JOIN log_entries l ON p.process_id = l.process_id "
            "AND l.level = 3"
        ),
        (
            "SELECT 1 FROM log_entries l RIGHT JOIN processes p ON l.process_id = p.process_id "
            "AND l.level = 3"
        ),
        "SELECT 1 FROM log_entries FULL JOIN processes USING (process_id) WHERE level = 3",
        "SELECT (SELECT count(*) FROM log_entries WHERE level = 3)",
        "SELECT id FROM spans WHERE id IN (SELECT level FROM log_entries WHERE level = 3)",
        "SELECT 1 FROM log_entries WHERE level::bigint = 3",
        "SELECT 1 FROM spans s JOIN log_entries l ON s.id = l.level WHERE s.id = 3",
        "SELECT 1 FROM (SELECT id FROM spans WHERE id = 3) s JOIN log_entries ON id = level",
        "SELECT 1 FROM (SELECT id FROM spans WHERE id = 3) s LEFT JOIN log_entries ON id = level",
        "SELECT msg FROM log_entries WHERE level = 3 AND msg IN (SELECT name FROM spans)",
        "SELECT 1 FROM spans WHERE id = 3 AND id IN (SELECT level FROM log_entries)",
        (
            "SELECT 1 FROM spans s WHERE id = 3 AND EXISTS "
            "(SELECT 1 FROM log_entries l WHERE l.level = s.id AND l.msg = s.name)"
        ),
        (
            "SELECT 1 FROM spans s WHERE id = 3 AND NOT EXISTS "
            "(SELECT 1 FROM log_entries l WHERE l.level = s.id AND l.value > s.depth)"
        ),
        (
            "SELECT id, (SELECT count(*) FROM log_entries l WHERE l.level = s.id) FROM spans s "
            "WHERE id = 3"
        ),
        (
            "SELECT 1 FROM spans s WHERE id = 3 AND depth < "
            "(SELECT avg(value) FROM log_entries l WHERE l.level = s.id)"
        ),
        (
            "SELECT 1 FROM spans s, LATERAL (SELECT msg FROM log_entries l WHERE l.level = s.id "
            "ORDER BY time LIMIT 1) t WHERE s.id = 3"
        ),
        (
            "SELECT 1 FROM log_entries l WHERE level = 3 AND value > "
            "(SELECT max(depth) FROM spans s WHERE s.id < l.level)"
        ),
        "SELECT 1 FROM log_entries LEFT SEMI JOIN spans ON level = id WHERE level = 3",
        "SELECT 1 FROM spans s LEFT ANTI JOIN log_entries l ON l.level = s.id WHERE s.id = 3",
        (
            "SELECT 1 FROM spans s ASOF JOIN log_entries l "
            "ON l.level = s.id AND l.time <= s.begin WHERE s.id = 3"
        ),
        "SELECT 1 FROM log_entries l ASOF JOIN spans s ON l.time >= s.begin WHERE l.level = 3",
    ],
)
def test_predicates_pass_what_keeps_rows_apart(sql: str) -> None:
    """
    Projections, groups by the column, unions and joins let a predicate through to the scan.
    """
    assert {p for p in predicates(sql) if p[0] == "level"} in (
        {("level", "=", 3)},
        {("level", "in", (3,))},
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (SELECT level FROM log_entries LIMIT 5) t WHERE level = 3",
        "SELECT * FROM (SELECT max(level) AS level FROM log_entries) t WHERE level = 3",
        "SELECT * FROM (SELECT level + 0 AS level FROM log_entries) t WHERE level = 3",
        "SELECT process_id FROM log_entries GROUP BY process_id HAVING max(level) = 3",
        (
            "SELECT 1 FROM log_entries l LEFT JOIN processes p ON l.process_id = p.process_id "
            "AND l.level = 3"
        ),
        (
            "SELECT 1 FROM processes p RIGHT JOIN log_entries l ON l.process_id = p.process_id "
            "AND l.level = 3"
        ),
        (
            "SELECT 1 FROM log_entries l FULL JOIN processes p ON l.process_id = p.process_id "
            "AND l.level = 3"
        ),
        "SELECT count(*) FILTER (WHERE level = 3) FROM log_entries",
        "SELECT 1 FROM spans WHERE id NOT IN (SELECT level FROM log_entries) AND id = 3",
        "SELECT 1 FROM (SELECT id FROM spans WHERE id = 3) s RIGHT JOIN log_entries ON id = level",
        "SELECT 1 FROM (SELECT id FROM spans WHERE id = 3) s FULL JOIN log_entries ON id = level",
        "SELECT CASE WHEN level = 3 THEN 1 END FROM log_entries",
        "SELECT 1 FROM log_entries l WHERE EXISTS (SELECT 1 FROM spans WHERE id = 3)",
        "SELECT 1 FROM log_entries WHERE level NOT IN (SELECT id FROM spans WHERE id = 3)",
        "SELECT 1 FROM log_entries l LEFT ANTI JOIN spans s ON l.level = s.id AND s.id = 3",
        "SELECT 1 FROM spans s WHERE id = 3 AND id NOT IN (SELECT level FROM log_entries LIMIT 9)",
        "SELECT 1 FROM spans WHERE id = 3 AND id NOT IN (SELECT level FROM log_entries GROUP BY 1)",
        "SELECT 1 FROM spans s WHERE id = 3 OR id IN (SELECT level FROM log_entries)",
        "SELECT (SELECT sum(level) FROM log_entries WHERE level < s.id) FROM spans s WHERE id = 3",
        "SELECT 1 FROM spans s ASOF JOIN log_entries l ON l.time <= s.begin WHERE l.level = 3",
        (
            "WITH RECURSIVE t AS (SELECT level FROM log_entries UNION ALL SELECT level + 1 FROM t "
            "WHERE level < 9) SELECT * FROM t WHERE level = 3"
        ),
    ],
)
def test_predicates_stop_where_a_row_less_would_change_the_answer(sql: str) -> None:
    """
    Below a LIMIT, an aggregate or the kept side of an outer join, no row may be left out.
    """
    assert predicates(sql) == set()


def test_equal_keys_carry_a_predicate_to_the_other_side() -> None:
    """
    One process's log entries need only that process: both scans are pruned.
    """
    for kind in ("JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN"):
        sql = (
            f"SELECT 1 FROM log_entries l {kind} processes p ON l.process_id = p.process_id "
            "WHERE l.process_id = 'a'"
        )
        assert predicates(sql) == {("process_id", "=", "a")}
        assert predicates(sql, "processes") == {("process_id", "=", "a")}


def test_a_cte_that_is_named_twice_is_scanned_once_for_what_either_needs() -> None:
    """
    The common scan is pruned by the weakest of what its readers ask for.
    """
    sql = (
        "WITH t AS (SELECT * FROM log_entries WHERE level > 0) "
        "SELECT (SELECT count(*) FROM t WHERE time >= now() - INTERVAL '1 hour'), "
        "(SELECT max(msg) FROM t WHERE time >= now() - INTERVAL '2 hours' AND level = 3)"
    )
    assert predicates(sql) == {("level", ">", 0), ("time", ">=", NOW_NS - 2 * HOUR_NS)}


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT msg FROM log_entries WHERE level > 1", {"msg", "level"}),
        ("SELECT l.msg FROM log_entries l ORDER BY time", {"msg", "time"}),
        ("SELECT n FROM (SELECT msg, level AS n, time FROM log_entries) t", {"level"}),
        ("SELECT count(*) FROM log_entries", {"time"}),
        ("SELECT max(level) FROM log_entries GROUP BY process_id", {"level", "process_id"}),
        ("SELECT exe FROM processes JOIN log_entries USING (process_id)", {"process_id"}),
        ("SELECT level FROM (SELECT DISTINCT level, msg FROM log_entries) t", {"level", "msg"}),
        (
            "SELECT x FROM (SELECT level AS x, msg FROM log_entries UNION ALL SELECT 1, 'a') t",
            {"level"},
        ),
    ],
)
def test_only_the_columns_that_are_read_are_asked_for(sql: str, columns: set[str]) -> None:
    """
    A column that nobody reads is not decoded; counting rows reads one cheap column.
    """
    (request,) = requests(sql)
    assert request.columns == columns


@pytest.mark.parametrize(
    ("sql", "limit"),
    [
        ("SELECT msg FROM log_entries LIMIT 3", 3),
        ("SELECT upper(msg) FROM log_entries LIMIT 3 OFFSET 2", 5),
        ("SELECT * FROM (SELECT msg FROM log_entries) t LIMIT 3", 3),
        ("SELECT msg FROM log_entries WHERE level > 1 LIMIT 3", None),
        ("SELECT msg FROM log_entries ORDER BY msg LIMIT 3", None),
        ("SELECT DISTINCT msg FROM log_entries LIMIT 3", None),
        ("SELECT count(*) FROM log_entries LIMIT 3", None),
        ("SELECT 1 FROM log_entries, spans LIMIT 3", None),
        ("WITH t AS (SELECT msg FROM log_entries) SELECT (SELECT msg FROM t LIMIT 1) FROM t", None),
    ],
)
def test_a_limit_reaches_the_scan_only_when_nothing_is_between(sql: str, limit: int | None) -> None:
    """
    So many rows of the table are enough only if every one of them is a row of the result.
    """
    (request,) = requests(sql)
    assert request.limit == limit


def test_the_callers_limit_counts_too() -> None:
    """
    A door's own limit is a LIMIT around the statement.
    """
    catalog = lake()
    frame = plan("SELECT msg FROM log_entries", catalog, limit=2, now_ns=NOW_NS)
    assert catalog.table("log_entries").requests[0].limit == 2
    assert frame.collect().height == 2


def test_a_very_long_list_is_not_handed_to_the_scan() -> None:
    """
    IN_PREDICATE_VALUES_MAX: the list still filters, only pruning does without it.
    """
    values = ", ".join(map(str, range(IN_PREDICATE_VALUES_MAX + 1)))
    assert predicates(f"SELECT 1 FROM log_entries WHERE level IN ({values})") == set()
    fewer = ", ".join(map(str, range(IN_PREDICATE_VALUES_MAX)))
    assert len(predicates(f"SELECT 1 FROM log_entries WHERE level IN ({fewer})")) == 1


def test_predicates_are_values_that_can_be_compared() -> None:
    """
    A request is a plain value: tests, caches and logs use it.
    """
    (first,) = requests("SELECT msg FROM log_entries WHERE level = 3")
    (second,) = requests("SELECT msg FROM log_entries WHERE 3 = level")
    assert first == second
    assert first.predicates == (ColumnPredicate("level", "=", 3),)


def test_grouping_sets_read_their_input_once() -> None:
    """
    What WHERE says prunes the one scan of a CUBE, whatever its aggregates are.
    """
    for aggregate in ("count(*)", "median(value)"):
        sql = f"SELECT {aggregate} FROM log_entries WHERE level > 2 GROUP BY CUBE (level, msg)"
        assert predicates(sql) == {("level", ">", 2)}


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("PARTITION BY process_id", {("process_id", "=", "a")}),
        ("PARTITION BY process_id ORDER BY time", {("process_id", "=", "a")}),
        ("PARTITION BY level, process_id", {("process_id", "=", "a"), ("level", ">", 1)}),
        ("PARTITION BY upper(process_id)", set()),
        ("ORDER BY process_id", set()),
        ("", set()),
    ],
)
def test_only_facts_about_partitions_pass_a_window(
    window: str, expected: set[tuple[str, str, object]]
) -> None:
    """
    A filter above a window may take whole partitions away from below it, and no other row.
    """
    inner = f"SELECT process_id, level, count(*) OVER ({window}) AS n FROM log_entries"
    sql = f"SELECT n FROM ({inner}) AS q WHERE process_id = 'a' AND level > 1 AND n > 0"
    assert predicates(sql) == expected


def test_a_fact_passes_several_windows_only_if_all_are_partitioned_by_it() -> None:
    """
    One window over everything needs every row.
    """
    both = "count(*) OVER (PARTITION BY process_id) AS n, count(*) OVER (PARTITION BY level) AS m"
    sql = f"SELECT n, m FROM (SELECT *, {both} FROM log_entries) AS q WHERE process_id = 'a'"
    assert predicates(sql) == set()


def test_windows_that_nobody_reads_read_nothing() -> None:
    """
    A column of a subquery that is not used costs neither its window nor its columns.
    """
    inner = "SELECT level, count(msg) OVER (PARTITION BY process_id) AS n FROM log_entries"
    (request,) = requests(f"SELECT level FROM ({inner}) AS q")
    assert request.columns == {"level"}


@pytest.mark.parametrize(
    ("op", "where", "expected"),
    [
        (">=", "s.begin < now()", {("time", "<=", NOW_NS)}),
        (">", "s.begin = now()", {("time", "<=", NOW_NS)}),
        ("<=", "s.begin >= now()", {("time", ">=", NOW_NS)}),
        (">=", "s.begin > now()", set()),
        ("<", "s.begin < now()", set()),
    ],
)
def test_an_asof_join_bounds_its_candidates_on_one_side(
    op: str, where: str, expected: set[object]
) -> None:
    """
    What lies beyond every left value is near to none; what lies before may be nearest.
    """
    sql = f"SELECT 1 FROM spans s ASOF JOIN log_entries l ON s.begin {op} l.time WHERE {where}"
    assert predicates(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT msg FROM log_entries WHERE level = 1", {("level", "=", 1)}),
        ("SELECT msg FROM (SELECT * FROM log_entries) l WHERE level = 1", set()),
        (
            (
                "SELECT l.msg FROM log_entries l JOIN processes p ON l.process_id = p.process_id"
                " WHERE p.process_id = 'a' AND l.level = 1"
            ),
            {("level", "=", 1)},
        ),
        (
            (
                "WITH l AS (SELECT * FROM log_entries)"
                " SELECT 1 FROM l WHERE level = 1 UNION ALL SELECT 1 FROM l WHERE level = 1"
            ),
            set(),
        ),
    ],
)
def test_a_scan_is_told_what_sql_tests_on_its_rows(sql, expected) -> None:
    """
    What only follows from elsewhere (a join's other side) is left for the scan to filter by.
    """
    found = requests(sql)
    tested = {(p.column, p.op, p.value) for request in found for p in request.tested}
    assert tested == expected
    assert all(request.tested <= set(request.predicates) for request in found)
