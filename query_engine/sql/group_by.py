"""Binds GROUP BY: its keys, and which of them make the groups of each grouping set."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from query_engine.sql.errors import QueryTooLarge
from query_engine.sql.expressions import Context
from query_engine.sql.limits import GROUPING_SETS_MAX
from query_engine.sql.queries import Queries, output_value
from query_engine.sql.scalars import AggregateCall, Scalar, UnnestCall, walk
from query_engine.sql.scope import Scope
from query_engine.sql.windows import has_window

if TYPE_CHECKING:
    from query_engine.sql.positions import Source

GroupingSet = tuple[Scalar, ...]
Bind = Callable[[exp.Expr], Scalar]


@dataclass(frozen=True, slots=True)
class Groups:
    """
    What rows are grouped by.

    Attributes:
        sets: The keys of each grouping set; a plain GROUP BY is one set, no GROUP BY one without
            keys.
    """

    sets: tuple[GroupingSet, ...] = ((),)

    @property
    def keys(self) -> tuple[Scalar, ...]:
        """Every key of any set, in the order of their first mention."""
        return tuple(dict.fromkeys(key for keys in self.sets for key in keys))


def bind_groups(
    queries: Queries,
    node: exp.Group | None,
    names: Sequence[str],
    items: Sequence[Scalar],
    scope: Scope,
) -> Groups:
    """
    Return what a SELECT groups by; *names* and *items* are its list.

    Raises:
        SqlError: A key is wrong, or there are more than GROUPING_SETS_MAX sets.
    """
    if node is None:
        return Groups()
    source = queries.session.source
    if node.args.get("all"):
        plain = [item for item in items if not aggregated(item) and not has_window(item)]
        for key in plain:
            refuse_unnest(source, key)
        return Groups((tuple(dict.fromkeys(plain)),))
    lists = [
        element_sets(element, lambda key: group_key(queries, key, names, items, scope), source)
        for element in node.expressions
    ]
    if math.prod(len(sets) for sets in lists) > GROUPING_SETS_MAX:
        raise too_many(source, node)
    sets = [joined(parts) for parts in itertools.product(*lists)]
    if node.args.get("all") is False:
        by_keys = {frozenset(keys): keys for keys in reversed(sets)}
        sets = list(reversed(by_keys.values()))
    return Groups(tuple(sets))


def aggregated(value: Scalar) -> bool:
    """Tell whether an aggregate stands in *value*."""
    return any(isinstance(part, AggregateCall) for part in walk(value))


def group_key(
    queries: Queries, node: exp.Expr, names: Sequence[str], items: Sequence[Scalar], scope: Scope
) -> Scalar:
    """Return one GROUP BY item: an ordinal, an expression, or an output name no column has."""
    value = output_value(queries, node, names, items, "GROUP BY")
    if value is None:
        aliases = dict(zip(names, items, strict=True))
        value = queries.expressions.bind(node, Context(scope, "GROUP BY", aliases=aliases))
    if aggregated(value):
        raise queries.problem("an aggregate cannot stand in GROUP BY", node)
    refuse_unnest(queries.session.source, value)
    if has_window(value):
        raise queries.problem("a window function cannot stand in GROUP BY", node)
    return value


def refuse_unnest(source: "Source", key: Scalar) -> None:
    """Refuse a key that makes rows: groups are made before them."""
    for part in walk(key):
        if isinstance(part, UnnestCall):
            hint = "write FROM t, unnest(t.array) AS x"
            raise source.unsupported("unnest cannot stand in GROUP BY", part.pos, hint=hint)


def element_sets(node: exp.Expr, bind: Bind, source: "Source") -> list[GroupingSet]:
    """Return the grouping sets of one element of GROUP BY."""
    if isinstance(node, exp.GroupingSets):
        return [keys for inner in node.expressions for keys in element_sets(inner, bind, source)]
    if isinstance(node, exp.Rollup | exp.Cube):
        parts = [composite(part, bind) for part in node.expressions]
        if isinstance(node, exp.Rollup):
            return [joined(parts[:count]) for count in range(len(parts), -1, -1)]
        if len(parts) > math.log2(GROUPING_SETS_MAX):
            raise too_many(source, node)
        counts = range(len(parts), -1, -1)
        chosen = itertools.chain.from_iterable(itertools.combinations(parts, n) for n in counts)
        return [joined(keys) for keys in chosen]
    return [composite(node, bind)]


def composite(node: exp.Expr, bind: Bind) -> GroupingSet:
    """Return the keys of ``a`` or ``(a, b)``; ``()`` has none."""
    if isinstance(node, exp.Tuple):
        return joined([(bind(key),) for key in node.expressions])
    return (bind(node),)


def joined(parts: Iterable[GroupingSet]) -> GroupingSet:
    """Return the keys of all *parts*, each once."""
    return tuple(dict.fromkeys(key for part in parts for key in part))


def too_many(source: "Source", node: exp.Expr) -> QueryTooLarge:
    """Return the error for GROUP BY with too many sets."""
    message = f"GROUP BY makes more than {GROUPING_SETS_MAX} grouping sets (GROUPING_SETS_MAX)"
    error = QueryTooLarge(message)
    source.place(error, node)
    return error
