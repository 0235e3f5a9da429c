"""Nothing of the grammar is ignored: every node and argument is lowered or refused."""

import pytest
from sqlglot import exp

from query_engine.sql import plan
from query_engine.sql.clauses import LOWERED, SETTLED_BY_THE_PARSER, refuse_unsupported
from query_engine.sql.dialect import parse
from query_engine.sql.errors import SqlError, Unsupported
from query_engine.sql.positions import Source
from tests.query_engine.sql.memory import NOW_NS, lake
from tests.query_engine.sql.test_parameters import ANSWERED
from tests.query_engine.sql.test_queries import ALL

SOURCE = Source("SELECT 1")


def subclasses(kind: type) -> set[type]:
    """Return every class below *kind*."""
    return {kind, *(found for child in kind.__subclasses__() for found in subclasses(child))}


KINDS = sorted(
    (kind for kind in subclasses(exp.Expression) if hasattr(kind, "arg_types")),
    key=lambda kind: kind.__name__,
)
ARGUMENTS = [
    pytest.param(kind, name, id=f"{kind.__name__}.{name}")
    for kind in LOWERED
    for name in kind.arg_types
    if name not in LOWERED[kind]
]


@pytest.mark.parametrize(("kind", "name"), ARGUMENTS)
@pytest.mark.parametrize(
    "value", [exp.Literal.number(1), True, "X", [exp.Literal.number(1)]], ids=repr
)
def test_an_argument_that_is_not_lowered_is_refused(
    kind: type[exp.Expr], name: str, value: object
) -> None:
    """
    Whatever the parser puts into an argument that the binder does not read, the query is refused.
    """
    node = kind(**{name: value})
    if SETTLED_BY_THE_PARSER.get(kind, {}).get(name) == value and isinstance(value, bool):
        pytest.skip("the parser sets this value whatever the text says")
    with pytest.raises(Unsupported):
        refuse_unsupported(node, SOURCE)


def test_a_node_that_is_not_lowered_is_refused() -> None:
    """
    A node type that nobody thought of is refused by its name.
    """
    assert len(KINDS) > 900
    for kind in KINDS:
        if kind not in LOWERED:
            with pytest.raises(Unsupported):
                refuse_unsupported(kind(), SOURCE)


def test_every_lowered_argument_is_shown_by_a_fixture_query() -> None:
    """
    "Lowered" is a promise: some fixture whose answer is checked uses each argument of each node.
    """
    cases = [case for found in ALL.values() for case in found]
    texts = [case.sql for case in cases if not case.expected[0].startswith("!")]
    used: set[tuple[type[exp.Expr], str]] = set()
    for sql in [*texts, *(sql for sql, _ in ANSWERED)]:
        for node in parse(Source(sql)).walk():
            used |= {(type(node), name) for name, value in node.args.items() if value}
    constant = {(exp.Div, "typed"), (exp.Div, "safe"), (exp.DPipe, "safe"), (exp.Boolean, "this")}
    promised = {(kind, name) for kind, names in LOWERED.items() for name in names}
    assert sorted(f"{k.__name__}.{n}" for k, n in promised - used - constant) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM spans SORT BY id",
        "SELECT 1 FROM spans CLUSTER BY id",
        "SELECT id FROM spans LIMIT 1 WITH TIES",
        "SELECT id FROM spans FETCH FIRST 10 PERCENT ROWS ONLY",
        "SELECT id FROM spans FETCH FIRST 10 ROWS WITH TIES",
        "SELECT id FROM spans LIMIT 10 BY id",
        "SELECT id, FROM spans",
        "SELECT , id FROM spans",
        "SELECT id FROM spans,",
        "SELECT id FROM spans WHERE id IN (1,)",
        "SELECT count(*) FROM spans GROUP BY",
        "SELECT id FROM spans GROUP BY id,",
        "SELECT FROM spans",
        "SELECT",
        "SELECT count(* EXCLUDE (id)) FROM spans",
        "SELECT * EXCLUDE (id) AS x FROM spans",
        "SELECT COLUMNS('i.*') FROM spans",
        "SELECT * REPLACE (id) FROM spans",
        "SELECT * RENAME (id) FROM spans",
        "SELECT * EXCLUDE (id + 1) FROM spans",
        "SELECT * EXCLUDE (spans.id) FROM spans",
        "SELECT 1 INTERSECT BY NAME SELECT 1",
        "SELECT 1 EXCEPT ALL BY NAME SELECT 1",
        "SELECT * ILIKE 'i%' FROM spans",
        "SELECT id FROM spans PIVOT (sum(id) FOR name IN ('a'))",
        "SELECT id FROM ONLY spans",
        "SELECT id FROM spans AS OF SYSTEM TIME '-1h'",
        "SELECT id FROM spans FOR SHARE",
        "SELECT id FROM spans ORDER BY id USING >",
        "SELECT first_value(id) IGNORE NULLS FROM spans",
        "SELECT id FROM spans MATCH_RECOGNIZE (PATTERN (a) DEFINE a AS true)",
        "SELECT id FROM spans ASOF JOIN processes ON true",
        "SELECT id FROM a.b.c",
        "SELECT GROUPING(id) FROM spans",
        "SELECT id FROM spans GROUP BY id WITH CUBE",
        "SELECT id FROM spans GROUP BY id WITH TOTALS",
        "SELECT (1, 2)",
        "SELECT x -> x + 1",
        "SELECT CAST(1 AS INT FORMAT 'x')",
        "SELECT 1 LIKE ANY (SELECT 1)",
        "SELECT id FROM spans TABLESAMPLE BERNOULLI (1) REPEATABLE (3)",
        "WITH RECURSIVE t AS (SELECT 1 AS n) SEARCH DEPTH FIRST BY n SET o SELECT * FROM t",
        "SELECT B'1', X'1F'",
        "SELECT @name",
        "SELECT %s",
        "SELECT a.b.c FROM spans",
        "SELECT NEXT VALUE FOR x",
        "SELECT 'a' COLLATE \"C\"",
        "SELECT CASE WHEN true THEN 1 END OVER ()",
        "SELECT TOP 5 id FROM spans",
        "SELECT ALL id, DISTINCT id FROM spans",
    ],
)
def test_known_clauses_of_other_dialects_are_refused(sql: str) -> None:
    """
    What other engines have and we do not is never half understood: refused with a position.
    """
    with pytest.raises(SqlError) as refusal:
        plan(sql, lake(), now_ns=NOW_NS)
    assert refusal.value.line == 1
    assert refusal.value.column is not None
