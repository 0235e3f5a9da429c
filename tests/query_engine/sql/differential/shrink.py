"""Make a query that shows a difference shorter while it still does."""

import contextlib
from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp

TRIES = 400


def shorter(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the tree with one node removed, or replaced by one of its own parts."""
    for index, node in enumerate(tree.walk()):
        if node.find_ancestor(exp.Order) or isinstance(node, exp.Order):
            continue  # Without it, several answers are right.
        parts = [child for child in node.iter_expressions() if isinstance(child, exp.Expr)]
        for number in range(len(parts)):
            copy = tree.copy()
            target = list(copy.walk())[index]
            part = list(target.iter_expressions())[number]
            if target.parent is not None:
                target.replace(part.copy())
                yield copy
        if node.parent is not None:
            copy = tree.copy()
            list(copy.walk())[index].pop()
            yield copy


def shrunk(sql: str, differs: Callable[[str], bool]) -> str:
    """Return the shortest text found for which *differs* still holds."""
    tries = 0
    while tries < TRIES:
        best = sql
        try:
            tree = sqlglot.parse_one(sql, dialect="duckdb")
        except sqlglot.errors.SqlglotError:
            return sql
        for candidate in shorter(tree):
            tries += 1
            text = sql
            with contextlib.suppress(Exception):  # a call without arguments cannot be written
                text = candidate.sql(dialect="duckdb")
            if len(text) < len(best) and differs(text):
                best = text
                break
            if tries >= TRIES:
                break
        if best == sql:
            return sql
        sql = best
    return sql
