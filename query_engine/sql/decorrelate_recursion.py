"""How a recursive CTE is freed of what it reads from around its subquery."""

from dataclasses import replace

from query_engine.sql.correlation import expressions_in
from query_engine.sql.relations import (
    Project,
    Recursive,
    Relation,
    WorkingTable,
    topological,
)
from query_engine.sql.unnesting import Unnested, Unnesting


def recursive(work: Unnesting, node: Recursive) -> Unnested:
    """Every row carries the values of the outside that its anchor had."""
    wanted = sorted(
        work.correlation.among(
            [value for part in topological(node) for value in expressions_in(part)]
        )
    )
    parameters = work.correlation.parameters
    (table,) = (
        part
        for part in topological(node.step)
        if isinstance(part, WorkingTable) and part.token == node.token
    )
    kept = [work.renewed(parameters[name]) for name in wanted]
    same = tuple(work.same(name, column) for name, column in zip(wanted, kept, strict=True))
    wide = WorkingTable(table.token, (*table.columns, *kept))
    work.correlation.known.clear()
    work.correlation.known[id(table)] = True
    work.done[id(table)] = Unnested(wide, same)
    parts: list[Relation] = []
    for child in (node.anchor, node.step):
        relation, values = work.closed(work.unnested(child), wanted)
        extra = [(work.session.fresh("value", value.dtype), value) for value in values]
        own = [(column, column) for column in child.columns]
        parts.append(Project(relation, (*own, *extra)))
    columns = [work.renewed(parameters[name]) for name in wanted]
    conditions = tuple(work.same(name, c) for name, c in zip(wanted, columns, strict=True))
    anchor, step = parts
    changed = replace(node, anchor=anchor, step=step, columns=(*node.columns, *columns))
    return Unnested(changed, conditions)
