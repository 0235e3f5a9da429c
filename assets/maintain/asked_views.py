"""Which views a rule's SQL asks, so that nobody believes an answer from what is forgotten."""

from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_NAMES_ITS_VIEW = "view_instance"


@lru_cache(maxsize=64)
def views_asked(sql: str) -> frozenset[str] | None:
    """
    Return the names in its FROM clauses, in lower case; None: it may be any view.

    Of ``view_instance('log_entries', ...)`` that is its first argument. Another function of tables
    may read any view, and so may what we cannot parse (the query service has a dialect of its own).
    """
    try:
        tree = sqlglot.parse_one(sql, dialect="postgres")
    except SqlglotError:
        return None
    found = set()
    for name in _names(tree):
        if name is None:
            return None
        found.add(name.lower())
    return frozenset(found)


def _names(tree: exp.Expr) -> Iterator[str | None]:
    for node in tree.find_all(exp.Table, exp.Lateral):
        source = node.this
        if isinstance(source, exp.Identifier):
            yield source.name
        elif isinstance(source, exp.Anonymous):  # a function that SQL itself does not have
            first = next(iter(source.expressions), None)
            if source.name.lower() == _NAMES_ITS_VIEW and isinstance(first, exp.Literal):
                yield first.name
            else:
                yield None
