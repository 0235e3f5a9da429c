"""
What result columns are called.

An alias is its own name, a column (also converted) keeps its name, everything else is called as it
is written. Names may repeat inside a query; the result's are made different at the end.
"""

from collections.abc import Sequence

from sqlglot import exp

from query_engine.sql.dialect import DIALECT
from query_engine.sql.scope import identifier


def output_name(node: exp.Expr) -> str:
    """Return the name of one item of a SELECT list."""
    if isinstance(node, exp.Alias):
        return identifier(node.args["alias"])
    inner = node
    while isinstance(inner, exp.Cast | exp.Paren):
        inner = inner.this
    if isinstance(inner, exp.Column):
        return identifier(inner.this)
    return node.sql(dialect=DIALECT, normalize_functions="lower", comments=False)


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return *names* with ``_1``, ``_2`` ... after those that came before."""
    taken = set(names)
    given: set[str] = set()
    result: list[str] = []
    for name in names:
        final, number = name, 0
        while final in given or (number and final in taken):
            number += 1
            final = f"{name}_{number}"
        given.add(final)
        result.append(final)
    return result
