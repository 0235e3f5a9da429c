"""
Parts of a query that need not read all of a table's pieces, found before anything is lowered.

What is under a shortcut is lowered by the shortcut: a scan that is never opened costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from query_engine.sql.chains import Chain, chain_at, parents_of
from query_engine.sql.lower_counts import from_statistics
from query_engine.sql.lower_tops import first_rows
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Aggregate, Limit, Project, Relation, Sort, topological


@dataclass(slots=True)
class Shortcuts:
    """
    Plans of relations that are known already.

    Attributes:
        frames: By ``id(relation)``.
        covered: Relations below them, which nobody else reads, by ``id(relation)``.
    """

    frames: dict[int, pl.LazyFrame] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)

    def take(self, node: Relation, chain: Chain, frame: pl.LazyFrame | None) -> None:
        """Use *frame* for *node* if there is one."""
        if frame is not None:
            self.frames[id(node)] = frame
            self.covered |= {id(below) for below in chain.nodes}


def shortcuts(root: Relation, lowering: Lowering) -> Shortcuts:
    """Return the shortcuts of a query."""
    found = Shortcuts()
    parents = parents_of(root)
    for node in topological(root):
        if isinstance(node, Limit) and node.count is not None:
            sort = sort_below(node, parents)
            chain = None if sort is None else chain_at(sort.input, parents)
            if sort is not None and chain is not None:
                wanted = node.count + node.offset
                found.take(sort, chain, first_rows(lowering, chain, sort, wanted))
        elif isinstance(node, Aggregate):
            chain = chain_at(node.input, parents)
            if chain is not None:
                found.take(node, chain, from_statistics(lowering, chain, node))
    return found


def sort_below(node: Limit, parents: Mapping[int, int]) -> Sort | None:
    """Return the sort of which a limit takes the first rows."""
    below = node.input
    while isinstance(below, Project) and parents[id(below)] == 1:
        below = below.input
    return below if isinstance(below, Sort) and parents[id(below)] == 1 else None
