"""The ready-made questions: SQL that the lake takes, whatever the arguments hold."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limnograph.client import QueryError, questions
from limnograph.client.asking import Asking, Options
from limnograph.client.door import Query
from limnograph.client.quoting import identifier, literal
from query_engine.sql import plan
from query_engine.tables.catalog import SchemaCatalog
from query_engine.tables.memory import MemoryCatalog

ID = "0192d3a0-7c00-7000-8000-000000000001"
TIME = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOW_NS = 1_770_000_000_000_000_000


class Kept(Asking[Query]):
    """Hands back what would be asked."""

    def _ask(self, query: Query, options: Options) -> Query:
        return query


ASKED: list[Callable[[Asking[Query]], Query]] = [
    lambda lake: lake.processes(),
    lambda lake: lake.processes("Shop's", limit=5),
    lambda lake: lake.logs(),
    lambda lake: lake.logs(ID, "error", "it's", target="a'b", limit=None),
    lambda lake: lake.logs("shop", 3),
    lambda lake: lake.measures(),
    lambda lake: lake.measures("load", ID, limit=10),
    lambda lake: lake.measures("load", every="1m"),
    lambda lake: lake.measures(every=timedelta(seconds=2.5), limit=3),
    lambda lake: lake.spans(ID),
    lambda lake: lake.spans(ID, "it's", longer_than="10ms", limit=3),
    lambda lake: lake.tables(),
    lambda lake: lake.describe("log_entries"),
    lambda lake: lake.describe("system.queries"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_the_lake_takes_every_question(ask: Callable[[Asking[Query]], Query]) -> None:
    """
    Planned against the real tables and columns.
    """
    sql = ask(Kept()).sql
    assert plan(sql, SchemaCatalog(), now_ns=NOW_NS).collect_schema().names()


def entries() -> pl.LazyFrame:
    """Return a few log entries."""
    rows = [
        (f"2026-01-31T12:00:0{second}", level, target, msg, exe, process)
        for second, level, target, msg, exe, process in [
            (3, 2, "db", "Connection LOST; it's gone", "shop", ID),
            (1, 4, "web", "hello", "shop", ID),
            (2, 2, "web", "failed: 100%", "till", ID.replace("1", "2")),
            (4, 5, "web", "detail", "till", ID.replace("1", "2")),
        ]
    ]
    names = ["time", "level", "target", "msg", "exe", "process_id"]
    frame = pl.DataFrame(rows, schema=names, orient="row").lazy()
    return frame.with_columns(
        pl.col("time").str.to_datetime(time_unit="ns", time_zone="UTC"),
        pl.col("level").cast(pl.Int32),
        properties=pl.lit(None, pl.String),
    )


def answered(sql: str, **tables: pl.LazyFrame) -> pl.DataFrame:
    """Run SQL over tables in memory."""
    return plan(sql, MemoryCatalog(tables), now_ns=NOW_NS).collect()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["hello", "failed: 100%", "Connection LOST; it's gone", "detail"]),
        ({"limit": 2}, ["Connection LOST; it's gone", "detail"]),
        ({"level": "error"}, ["failed: 100%", "Connection LOST; it's gone"]),
        ({"level": 4, "process": "shop"}, ["hello", "Connection LOST; it's gone"]),
        ({"process": ID.upper()}, ["hello", "Connection LOST; it's gone"]),
        ({"search": "lost; IT'S"}, ["Connection LOST; it's gone"]),
        ({"search": "100%"}, ["failed: 100%"]),
        ({"search": "_"}, []),
        ({"target": "db", "limit": None}, ["Connection LOST; it's gone"]),
    ],
)
def test_logs_are_the_newest_in_the_order_of_time(
    arguments: dict[str, Any], expected: list[str]
) -> None:
    """
    By process id or executable, level and worse, part of the message.
    """
    sql = Kept().logs(**arguments).sql
    assert answered(sql, log_entries=entries())["msg"].to_list() == expected


def test_measures_at_intervals_are_counted_and_averaged() -> None:
    """
    One row per interval, metric and unit.
    """
    times = [TIME + timedelta(seconds=seconds) for seconds in (0, 30, 61)]
    frame = pl.LazyFrame(
        {"time": times, "name": ["load"] * 3, "unit": ["%"] * 3, "value": [1.0, 3.0, 9.0]}
    ).with_columns(pl.col("time").cast(pl.Datetime("ns", "UTC")))
    sql = Kept().measures("load", every="1m").sql
    found = answered(sql, measures=frame).rows()
    assert found == [
        (TIME, "load", "%", 2, 1.0, 2.0, 3.0),
        (TIME + timedelta(minutes=1), "load", "%", 1, 9.0, 9.0, 9.0),
    ]


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_literal_is_the_text_that_it_was_made_of(text: str) -> None:
    """
    Quotes, backslashes, comments, line ends: none of them ends the literal.
    """
    found = answered(f"SELECT {literal(text)} AS s", numbers=pl.LazyFrame({"n": [1]}))
    assert found["s"].to_list() == [text]


@pytest.mark.parametrize("name", ['a"b', "a b", "SELECT", "a;b", "é"])
def test_an_identifier_is_one_name(name: str) -> None:
    """
    A name that is no table is an unknown table, never other SQL.
    """
    frame = pl.LazyFrame({"n": [1]})
    found = answered(f"SELECT n FROM {identifier(name)}", **{name: frame})
    assert found["n"].to_list() == [1]


@pytest.mark.parametrize(
    "ask",
    [
        lambda lake: lake.logs(level="loud"),
        lambda lake: lake.logs(level=True),
        lambda lake: lake.logs(limit=-1),
        lambda lake: lake.logs(limit="1; DROP"),
        lambda lake: lake.logs(search="\0"),
        lambda lake: lake.spans("no id"),
        lambda lake: lake.spans(ID, longer_than="long"),
        lambda lake: lake.measures(every="0s"),
        lambda lake: lake.describe(""),
        lambda lake: lake.describe("a..b"),
    ],
)
def test_what_makes_no_question_is_refused_before_it_is_asked(
    ask: Callable[[Asking[Query]], Query],
) -> None:
    """
    With what would do.
    """
    with pytest.raises(QueryError) as caught:
        ask(Kept())
    assert caught.value.code == "client"


def test_docstrings_show_the_sql() -> None:
    """
    ``help(lake.logs)`` tells what is asked, so that it can be refined by hand.
    """
    for name in ("processes", "logs", "measures", "spans", "tables", "describe"):
        assert hasattr(questions, name)
        doc = getattr(Asking, name).__doc__
        words = " ".join(doc.split())
        assert "``SELECT " in words or "``DESCRIBE" in words, json.dumps(name)
