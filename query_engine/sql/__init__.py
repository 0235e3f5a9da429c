"""SQL text to a Polars plan: ``plan`` is the one entry, ``catalog`` is what it asks of tables."""

import polars as pl
import sqlglot
from sqlglot import exp

from query_engine.sql.catalog import Catalog, ScanRequest
from query_engine.sql.errors import Unsupported

__all__ = ["plan"]


def plan(sql: str, catalog: Catalog, *, limit: int | None = None, now_ns: int) -> pl.LazyFrame:
    """
    Plan one SELECT over the tables of *catalog*.

    Args:
        sql: One statement.
        catalog: Where names in FROM are looked up.
        limit: At most so many rows of the result (the door's own limit, above the statement's).
        now_ns: What ``NOW()`` means everywhere in this query, Unix ns.

    Raises:
        SqlError: The text is wrong or asks for what is not supported; carries line and column.
    """
    assert now_ns >= 0, "now_ns is Unix ns"
    tree = sqlglot.parse_one(sql, read="postgres")
    source = tree.args.get("from_")
    if not isinstance(tree, exp.Select) or source is None:
        raise Unsupported("only SELECT columns FROM table is supported")
    frame = catalog.table(source.this.name).scan(ScanRequest())
    names = [column.output_name for column in tree.expressions if not isinstance(column, exp.Star)]
    frame = frame.select(names) if names else frame
    if tree.args.get("limit") is not None:
        frame = frame.head(int(tree.args["limit"].expression.name))
    return frame if limit is None else frame.head(limit)
