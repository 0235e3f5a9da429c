"""Bound queries before and after optimization, over small tables that say how large they are."""

from dataclasses import dataclass, field

import polars as pl

from query_engine.sql.catalog import ColumnStatistics, ScanRequest, TableStatistics
from query_engine.sql.dialect import parse
from query_engine.sql.errors import UnknownTable
from query_engine.sql.lowering import lower
from query_engine.sql.optimize.catalog import RULES
from query_engine.sql.positions import Source
from query_engine.sql.queries import Queries
from query_engine.sql.relations import Filter, Join, Project, Relation, Scan, topological
from query_engine.sql.session import Session


@dataclass
class SizedTable:
    """A frame that claims to have ``rows`` rows."""

    name: str
    frame: pl.DataFrame
    rows: float
    requests: list[ScanRequest] = field(default_factory=list)

    @property
    def schema(self) -> pl.Schema:
        """The frame's columns."""
        return self.frame.schema

    def statistics(self) -> TableStatistics:
        """Claim the rows, and the frame's own bounds."""
        whole = [name for name, dtype in self.schema.items() if dtype.is_integer()]
        bounds = {n: ColumnStatistics(self.frame[n].min(), self.frame[n].max()) for n in whole}
        return TableStatistics(self.rows, bounds)

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the whole frame."""
        self.requests.append(request)
        return self.frame.lazy()


class SizedCatalog:
    """Frames by name, each with the number of rows that it claims to have."""

    def __init__(self, **tables: tuple[pl.DataFrame, float]) -> None:
        self.tables = {name: SizedTable(name, *what) for name, what in tables.items()}

    def table(self, name: str) -> SizedTable:
        """Return the table called *name*."""
        if name not in self.tables:
            raise UnknownTable(name)
        return self.tables[name]

    def table_function(self, name, args) -> SizedTable:
        """There are none."""
        raise UnknownTable(name)

    def schemas(self):
        """None beside the public one."""
        return {}

    def table_names(self):
        """Return every name."""
        return tuple(self.tables)


def bound(sql: str, catalog: SizedCatalog) -> Relation:
    """Return the bound query with the columns of its result."""
    source = Source(sql)
    found = Queries(Session(source, catalog, 0)).query(parse(source))
    return Project(found.relation, tuple((item.column, item.column) for item in found.columns))


def optimized(root: Relation, rules=RULES) -> Relation:
    """Return *root* after these rules."""
    for rule in rules:
        root = rule(root)
    return root


def rows(root: Relation) -> list[tuple]:
    """Return the rows in a canonical order."""
    return sorted(lower(root).collect().rows(), key=repr)


def joins(root: Relation) -> list[str]:
    """Return what is joined, innermost first: ``left x right`` by the tables' names."""
    nodes = [node for node in reversed(topological(root)) if isinstance(node, Join)]
    return [f"{tables(node.left)} x {tables(node.right)}" for node in nodes]


def tables(root: Relation) -> str:
    """Return the tables below a relation, joined by plus signs in order of their names."""
    names = (node.table.name for node in topological(root) if isinstance(node, Scan))
    return "+".join(sorted(names))


def filters(root: Relation) -> list[str]:
    """Return for each filter the tables below it."""
    return [tables(node) for node in topological(root) if isinstance(node, Filter)]
