"""Facts about the service, each of them tried in SQL where SQL can show it."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from query_engine.errors import NotOffered
from query_engine.flight.actions.catalog import BY_NAME as ACTIONS_BY_NAME
from query_engine.flight.commands.catalog import BY_NAME as COMMANDS_BY_NAME
from query_engine.flight.metadata.sql_info.catalog import INFOS, sql_info
from query_engine.flight.metadata.sql_info.functions import CONVERTED
from query_engine.functions.catalog import FUNCTIONS, SCALARS_BY_NAME
from query_engine.sql import plan
from query_engine.sql.dialect import DIALECT, Limnograph
from query_engine.sql.errors import SqlError, UnknownColumn
from query_engine.sql.keywords import KEYWORDS
from query_engine.tables.memory import MemoryCatalog

PAGE = Path("docs/sql.md")


def told() -> dict[int, Any]:
    """Return every fact by its number."""
    return {row["info_name"]: row["value"] for row in sql_info([]).to_pylist()}


def column(sql: str, **frames: pl.LazyFrame) -> list[object]:
    """Return the first column of an answer."""
    return plan(sql, MemoryCatalog(frames), now_ns=0).collect().to_series().to_list()


def test_the_union_is_that_of_the_specification() -> None:
    """
    Six slots, dense, numbered from 0; every value is in the slot of its number.
    """
    answer = sql_info([])
    answer.validate(full=True)
    assert str(answer.schema.field("info_name")) == "pyarrow.Field<info_name: uint32 not null>"
    union = answer.schema.field("value").type
    assert isinstance(union, pa.DenseUnionType)
    assert [f"{union.field(i).name} {union.field(i).type}" for i in range(6)] == [
        "string_value string",
        "bool_value bool",
        "bigint_value int64",
        "int32_bitmask int32",
        "string_list list<string_data: string>",
        "int32_to_int32_list_map map<int32, list<$data$: int32>>",
    ]
    assert [info.code for info in INFOS] == sorted({info.code for info in INFOS})
    assert [told()[info.code] for info in INFOS] == [info.value for info in INFOS]


@pytest.mark.parametrize(
    ("codes", "answered"),
    [([0], [0]), ([504, 3, 504], [3, 504]), ([10_001], []), ([2**32 - 1, 1], [1])],
)
def test_only_what_is_asked_for_is_told(codes: list[int], answered: list[int]) -> None:
    """
    Once, in order, and nothing of what nobody knows.
    """
    assert sql_info(codes).column("info_name").to_pylist() == answered


def test_the_service_is_named_and_only_reads() -> None:
    """
    What clients look at first.
    """
    facts = told()
    assert facts[0] == "Limnograph"
    assert facts[2] == pa.__version__
    assert (facts[3], facts[4], facts[5], facts[8]) == (True, True, False, 0)


def test_actions_are_there_as_told() -> None:
    """
    A query can be cancelled, no transaction begun; a prepared statement is kept for milliseconds.
    """
    facts = told()
    assert facts[9] == ("CancelQuery" in ACTIONS_BY_NAME)
    assert facts[10] == (COMMANDS_BY_NAME["CommandStatementIngest"].put is not None)
    assert facts[100] == 3_600_000
    with pytest.raises(NotOffered):
        ACTIONS_BY_NAME["BeginTransaction"].run(None)


def test_names_are_folded_and_quoted_as_told() -> None:
    """
    Names in lower case unless in quotes, which keep what is between them; $ may be in one.
    """
    frame = pl.LazyFrame({"a$b": [1]})
    assert told()[503] == 3
    assert column("SELECT A$B FROM T", t=frame) == [1]
    quote = told()[504]
    assert column(f"SELECT {quote}a$b{quote} FROM t", t=frame) == [1]
    with pytest.raises(UnknownColumn):
        column(f"SELECT {quote}A$B{quote} FROM t", t=frame)


def test_nulls_sort_as_told() -> None:
    """
    0: as if they were the highest values.
    """
    values = "FROM (VALUES (1), (NULL), (2)) AS t(x)"
    assert told()[507] == 0
    assert column(f"SELECT x {values} ORDER BY x") == [1, 2, None]
    assert column(f"SELECT x {values} ORDER BY x DESC") == [None, 2, 1]


def test_what_is_supported_runs() -> None:
    """
    One query for each fact that says so.
    """
    facts = told()
    shown = {
        515: "SELECT 1 AS one",
        518: "SELECT a.n FROM t AS a",
        520: "SELECT n FROM t ORDER BY n + 1",
        521: "SELECT n FROM t ORDER BY m",
        522: "SELECT count(*) FROM t GROUP BY n, m",
        523: "SELECT n FROM t WHERE 'a%' LIKE 'a!%' ESCAPE '!'",
        528: "SELECT t.n FROM t FULL JOIN t AS u ON t.n = u.m",
        532: "SELECT n FROM limnograph.public.t",
        538: """SELECT n FROM t WHERE n = (SELECT 1) AND EXISTS (SELECT 1) AND n IN (SELECT 1)
        AND n <= ALL (SELECT 1)""",
        539: "SELECT n FROM t WHERE EXISTS (SELECT 1 FROM t AS u WHERE u.n = t.n)",
        540: "SELECT n FROM t UNION ALL SELECT m FROM t UNION SELECT 1",
    }
    for code, sql in shown.items():
        assert facts[code], code
        assert column(sql, t=pl.LazyFrame({"n": [1], "m": [1]})), sql
    assert column("SELECT 'a' || NULL") == [None]
    assert facts[516]


def test_what_is_not_supported_is_refused() -> None:
    """
    One statement for each fact that says so.
    """
    facts = told()
    refused = {
        501: "CREATE SCHEMA s",
        502: "CREATE TABLE u (n INT)",
        535: "DELETE FROM t WHERE CURRENT OF c",
        536: "SELECT n FROM t FOR UPDATE",
        537: "CALL p()",
        563: "BEGIN TRANSACTION",
    }
    for code, sql in refused.items():
        assert not facts[code], code
        with pytest.raises(SqlError):
            column(sql, t=pl.LazyFrame({"n": [1]}))


def test_conversions_are_those_that_cast_makes() -> None:
    """
    All pairs of types, those that are left out included.
    """
    columns = {f"c{code}": dtype for code, dtype in CONVERTED.items()}
    catalog = MemoryCatalog({"t": pl.LazyFrame(schema=columns)})
    names = {
        0: "BIGINT", 2: "BOOLEAN", 4: "DATE", 5: "DECIMAL(38, 10)", 6: "DOUBLE", 7: "INT",
        8: "INTERVAL", 13: "REAL", 14: "SMALLINT", 15: "TIME", 16: "TIMESTAMP", 17: "TINYINT",
        18: "VARBINARY", 19: "TEXT",
    }  # fmt: skip
    claimed = {source: set(targets) for source, targets in told()[517]}
    for source in CONVERTED:
        for target, name in names.items():
            try:
                plan(f"SELECT CAST(c{source} AS {name}) FROM t", catalog, now_ns=0)
            except SqlError:
                assert target not in claimed[source], (source, target)
            else:
                assert target in claimed[source], (source, target)


def test_every_scalar_function_is_in_one_list() -> None:
    """
    Under each of its names; what is neither numeric, text nor time is a system function.
    """
    facts = told()
    listed = [name for code in (509, 510, 511, 512) for name in facts[code]]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(SCALARS_BY_NAME)
    assert len(FUNCTIONS) <= len(listed)
    assert "sqrt" in facts[509]
    assert "upper" in facts[510]
    assert "coalesce" in facts[511]
    assert "date_trunc" in facts[512]


def test_keywords_are_the_words_of_the_language() -> None:
    """
    Every word of the page's examples, where each clause is, and every word that is no bare name.
    """
    text = "\n".join(re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL))
    examples = "\n".join(line.split("-- ")[0] for line in text.splitlines())
    tokens = [
        t for t in DIALECT.tokenize(examples) if t.token_type.name not in {"STRING", "IDENTIFIER"}
    ]
    written = {w for t in tokens for w in t.text.split() if re.fullmatch("[A-Z]{2,}", w)}
    words = {w for w in Limnograph.Tokenizer.KEYWORDS if re.fullmatch("[A-Z_]+", w)}
    reserved = {word for word in words if not is_name(word)}
    assert sorted(written | reserved) == list(KEYWORDS)
    assert told()[508] == list(KEYWORDS)


def is_name(word: str) -> bool:
    """Tell whether a word can be the name of a column without quotes."""
    sql = f'SELECT {word} FROM (SELECT 7 AS "{word.lower()}") AS t WHERE {word} = 7 ORDER BY {word}'
    try:
        return column(sql) == [7]
    except SqlError:
        return False
