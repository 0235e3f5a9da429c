"""No word of a text is passed over: wherever one is added, the query means something else."""

import os
import random

import pytest

from query_engine.sql import plan
from query_engine.sql.clauses import refuse_unsupported
from query_engine.sql.dialect import DIALECT, Limnograph, parse
from query_engine.sql.errors import SqlError, SyntaxProblem
from query_engine.sql.positions import Source
from tests.query_engine.sql.memory import NOW_NS, lake

PLACES = int(os.environ.get("LIMNO_SQL_PLACES", "4"))
"""In how many places of each query every word is tried; offline all of them."""

QUERIES = [
    """SELECT DISTINCT a.x AS y, count(*) FILTER (WHERE a.z > 1) AS n FROM t AS a LEFT JOIN u AS b
    ON a.x = b.x WHERE a.w IN (1, 2) AND a.v LIKE 'q%' GROUP BY a.x, a.v HAVING count(*) > 1
    ORDER BY y DESC NULLS LAST LIMIT 3 OFFSET 1""",
    """WITH c AS (SELECT 1 AS x) SELECT CASE WHEN x > 1 THEN 'a' ELSE 'b' END, CAST(x AS INT),
    sum(x) OVER (PARTITION BY x ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM c
    UNION ALL (SELECT 1, 2, 3) INTERSECT SELECT x, x, x FROM unnest([1]) AS u""",
    """SELECT * EXCLUDE (a), t.b FROM (VALUES (1, 2)) AS t(a, b) CROSS JOIN s, LATERAL (SELECT 1)
    AS l QUALIFY row_number() OVER w = 1 WINDOW w AS (ORDER BY b) FETCH FIRST 3 ROWS ONLY""",
    """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), string_agg(DISTINCT b, ',' ORDER BY b)
    FROM t WHERE EXISTS (SELECT 1) AND NOT a BETWEEN 1 AND 2 OR b IS NOT NULL
    GROUP BY ROLLUP (a, b), GROUPING SETS ((a), ())""",
    """SELECT INTERVAL '1 day', TIMESTAMP '2026-01-01', x::INT, a[1], EXTRACT(day FROM t),
    SUBSTRING(s FROM 1 FOR 2), TRIM(BOTH ' ' FROM s), POSITION('a' IN s) FROM p""",
]
OTHER_DIALECTS = (
    "TOP PERCENT TIES SIBLINGS CORRESPONDING STRICT LOCAL GLOBAL ONLY EACH SYMMETRIC SEARCH PIVOT "
    "FINAL PREWHERE SETTINGS FORMAT INTO OPTION HASH BROADCAST TOTALS RESPECT NOWAIT SKIP OF"
)
WORDS = sorted(
    {
        word.upper()
        for word in Limnograph.Tokenizer.KEYWORDS
        if word.replace(" ", "").replace("_", "").isalpha()
    }
    | set(OTHER_DIALECTS.split())
)
NOISE = {"ALL", "DISTINCT", "ROW", "ROWS", "ARRAY"}
"""Words that say what is meant anyway, such as ALL and DISTINCT where they are the default."""


def meaning(sql: str) -> str | None:
    """Return the syntax tree of a query; None if it is refused."""
    source = Source(sql)
    try:
        tree = parse(source)
        refuse_unsupported(tree, source)
    except SqlError:
        return None
    return repr(tree)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sql", QUERIES)
def test_no_word_is_passed_over(sql: str, caplog: pytest.LogCaptureFixture) -> None:
    """
    A word that changes nothing would be a clause that somebody wrote and we ignored.
    """
    plain = meaning(sql)
    assert plain is not None
    places = [token.end + 1 for token in DIALECT.tokenize(sql)]
    rng = random.Random(len(sql))
    with caplog.at_level("CRITICAL"):
        for place in rng.sample(places, min(PLACES, len(places))):
            for word in WORDS:
                longer = f"{sql[:place]} {word} {sql[place:]}"
                if meaning(longer) == plain:
                    assert word in NOISE, longer


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("SELECT AS id FROM spans", 8),
        ("SELECT count(* AS ) FROM spans", 16),
        ("WITH t AS (AS SELECT 1) SELECT * FROM t", 12),
        ("SELECT id FROM spans ORDER BY id ASC DESC", 34),
        ("SELECT id FROM spans CROSS JOIN processes ON, log_entries", 43),
        ("SELECT id FROM spans NATURAL UNION SELECT 1", 22),
        ("SELECT id FROM spans LIMIT 3 ONLY", 30),
        ("SELECT * EXCLUDE , id FROM spans", 10),
        ("SELECT * RENAME FROM spans", 10),
        ("SELECT SUBSTRING(name FROM FOR 2) FROM spans", 23),
        ("SELECT CAST(id AS INT FORMAT) FROM spans", 23),
        ("SELECT CAST(name AS TEXT COLLATE) FROM spans", 26),
        ("SELECT a FROM (VALUES (1, 2)) AS t(a CONSTRAINT, b)", 38),
        ("SELECT sum(id) OVER (PARTITION BY ORDER BY id) FROM spans", 22),
        ("WITH t AS (SELECT 1) SEARCH SELECT * FROM t", 22),
    ],
)
def test_a_word_that_says_nothing_is_refused_in_its_place(sql: str, column: int) -> None:
    """
    Where the parser would have passed over it.
    """
    with pytest.raises(SqlError) as refusal:
        plan(sql, lake(), now_ns=NOW_NS)
    assert isinstance(refusal.value, SyntaxProblem)
    assert refusal.value.column == column


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT format FROM (SELECT 6 AS format) AS t",
        'SELECT t."as" FROM (SELECT 6 AS "as") AS t',
        "SELECT natural + 0 FROM (SELECT 6 AS natural) AS t",
        "SELECT 2 * rename FROM (SELECT 3 AS rename) AS t",
        "SELECT length(replace('abc', 'b', 'bcde')) FROM (SELECT 1) AS search",
        "(SELECT 6) EXCEPT FROM (VALUES (7)) AS t",
        "SELECT CAST(format AS INT) FROM (SELECT '6' AS format) AS t",
    ],
)
def test_names_that_are_words_elsewhere_stay_names(sql: str) -> None:
    """
    Only what no name can be is refused.
    """
    assert plan(sql, lake(), now_ns=NOW_NS).collect().item() == 6
