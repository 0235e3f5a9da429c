"""Computes the window functions of a SELECT as columns of the relation that it reads."""

from collections.abc import Sequence
from dataclasses import replace

from query_engine.sql.grouping import Before
from query_engine.sql.relations import Project, Relation, Window
from query_engine.sql.scalars import AggregateCall, ColumnRef, Scalar, WindowCall, rewrite, walk
from query_engine.sql.session import Session
from query_engine.sql.subqueries import attached


def windowed(
    session: Session, relation: Relation, values: Sequence[Scalar]
) -> tuple[Relation, list[Scalar]]:
    """Return *relation* with a column for each window in *values*, and *values* reading them."""
    calls: dict[Scalar, ColumnRef] = {}
    inputs = Inputs(session)
    prepared: list[tuple[ColumnRef, WindowCall]] = []
    for part in (part for value in values for part in walk(value)):
        if isinstance(part, WindowCall) and part not in calls:
            calls[part] = session.fresh(part.call.function.name, part.dtype, part.pos)
            prepared.append((calls[part], inputs.window(part)))
    if not calls:
        return relation, list(values)
    wide, computed = attached(session, relation, list(inputs.columns))
    items = [(column, column) for column in relation.columns]
    items_computed = zip(inputs.columns.values(), computed, strict=True)
    window = Window(Project(wide, (*items, *items_computed)), tuple(prepared))
    return window, [rewrite(value, calls.get) for value in values]


class Inputs(Before):
    """The columns that windows read, each computed once; those that are columns stay so."""

    def column(self, value: Scalar) -> ColumnRef:
        """Return the column that holds *value*."""
        return value if isinstance(value, ColumnRef) else super().column(value)

    def window(self, node: WindowCall) -> WindowCall:
        """Return a window over columns and constants."""
        call = node.call
        if isinstance(call, AggregateCall):
            call = self.prepared(call)
        else:
            values = zip(call.function.parameters, call.args, strict=False)
            args = tuple(v if parameter.constant else self.column(v) for parameter, v in values)
            call = replace(call, args=args)
        return replace(
            node,
            call=call,
            partition=tuple(self.column(value) for value in node.partition),
            order=tuple(replace(key, value=self.column(key.value)) for key in node.order),
            key=None if node.key is None else self.column(node.key),
        )
