"""
A scan with nothing above it but what treats rows one by one: it can be read in pieces.

What is computed for all rows of such a chain is computed from those of its pieces in any order.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from query_engine.sql.catalog import PiecewiseTable
from query_engine.sql.lower_rows import filtered, project, scan
from query_engine.sql.lowered import Lowering
from query_engine.sql.relations import Filter, Project, Relation, Scan, inputs, topological
from query_engine.sql.scalars import ColumnRef


@dataclass(frozen=True, slots=True)
class Chain:
    """
    A scan of a table in pieces, and what is above it.

    Attributes:
        above: Projections and filters, the one next to the scan first.
    """

    scan: Scan
    table: PiecewiseTable
    above: tuple[Project | Filter, ...]

    @property
    def nodes(self) -> tuple[Relation, ...]:
        """All of its relations."""
        return (self.scan, *self.above)

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filters in it."""
        return tuple(node for node in self.above if isinstance(node, Filter))

    def stored_name(self, column: ColumnRef, below: Relation | None = None) -> str | None:
        """Return the table's own name of a column; None if it is computed on the way up."""
        nodes = self.above if below is None else self.above[: self.above.index(below)]
        for node in reversed(nodes):
            if isinstance(node, Project):
                source = dict(node.items).get(column)
                if not isinstance(source, ColumnRef):
                    return None
                column = source
        names = dict(zip(self.scan.columns, self.scan.names, strict=True))
        return names.get(column)

    def lowered(self, lowering: Lowering, pieces: frozenset[int]) -> pl.LazyFrame:
        """Return the plan of the chain over some pieces."""
        request = replace(lowering.requests[id(self.scan)], pieces=pieces)
        own = replace(lowering, requests={id(self.scan): request}, frames={})
        frame = own.frames[id(self.scan)] = scan(own, self.scan)
        for node in self.above:
            lower = project(own, node) if isinstance(node, Project) else filtered(own, node)
            frame = own.frames[id(node)] = lower
        return frame


def parents_of(root: Relation) -> Mapping[int, int]:
    """Return how many relations read each one, by ``id(relation)``."""
    return Counter(id(child) for node in topological(root) for child in inputs(node))


def chain_at(node: Relation, parents: Mapping[int, int]) -> Chain | None:
    """Return the chain that ends with *node*; None if it is none, or is read by others too."""
    above: list[Project | Filter] = []
    while parents.get(id(node), 0) == 1:
        if isinstance(node, Scan):
            table = node.table
            return (
                Chain(node, table, tuple(above[::-1]))
                if isinstance(table, PiecewiseTable)
                else None
            )
        if not isinstance(node, (Project, Filter)):
            return None
        above.append(node)
        node = node.input
    return None
