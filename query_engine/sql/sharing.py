"""
Common parts of a plan are computed once.

The engine finds equal parts only before it moves filters and columns into them, and never those
that end in Python; what the plan itself names twice is known here. Reading a table again is left to
the engine: each reader then takes its own columns and rows.
"""

from query_engine.sql.relations import (
    Filter,
    OneRow,
    Project,
    Relation,
    Scan,
    Union,
    Values,
    inputs,
    topological,
)

CHEAP = (Filter, OneRow, Project, Scan, Union, Values)


def shared(root: Relation) -> frozenset[int]:
    """Return the relations, by ``id``, with several readers and more in them than reading."""
    readers: dict[int, int] = {}
    nodes = topological(root)
    for node in nodes:
        for child in inputs(node):
            readers[id(child)] = readers.get(id(child), 0) + 1
    costly: set[int] = set()
    for node in reversed(nodes):
        if not isinstance(node, CHEAP) or any(id(child) in costly for child in inputs(node)):
            costly.add(id(node))
    return frozenset(key for key in costly if readers.get(key, 0) > 1)
