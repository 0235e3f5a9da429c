"""Bound relations to a Polars plan; nothing is decided here that changes the answer."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from query_engine.functions.function import Argument
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.columns import needed_columns
from query_engine.sql.joins import ids, is_range_test
from query_engine.sql.predicates import scan_requests
from query_engine.sql.relations import (
    Aggregate,
    AttachMembership,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    OneRow,
    Project,
    Relation,
    Scan,
    Sort,
    Union,
    topological,
)
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    Literal,
    Scalar,
    conjuncts,
    polars_expression,
    polars_literal,
)

ROW = "#row"
LEFT_ROW = "#left"
RIGHT_ROW = "#right"
FOUND = "#found"
ROWS = "#rows"
NULLS = "#nulls"


Checkpoint = Callable[[pl.LazyFrame], pl.LazyFrame]
"""Returns the same rows from a plan that can be stopped there: see ``plan``."""


def lower(root: Relation, checkpoint: Checkpoint) -> pl.LazyFrame:
    """Return the plan of *root*; its columns are called by their ids."""
    lowering = Lowering(scan_requests(root), needed_columns(root), checkpoint, few_wanted(root))
    for node in reversed(topological(root)):
        lowering.frames[id(node)] = lowering.lowered(node)
    return lowering.frames[id(root)]


class Lowering:
    """Lowers relations one by one, inputs first; a relation with two parents is lowered once."""

    def __init__(
        self,
        requests: Mapping[int, ScanRequest],
        needs: Mapping[int, frozenset[str]],
        checkpoint: Checkpoint,
        few_wanted: frozenset[int],
    ) -> None:
        self.requests = requests
        self.needs = needs
        self.checkpoint = checkpoint
        self.few_wanted = few_wanted
        self.frames: dict[int, pl.LazyFrame] = {}

    def frame(self, node: Relation) -> pl.LazyFrame:
        """Return the plan of an input."""
        return self.frames[id(node)]

    def wanted(self, node: Relation) -> list[str]:
        """Return the columns of *node* that are read, in order."""
        return [column.id for column in node.columns if column.id in self.needs[id(node)]]

    def lowered(self, node: Relation) -> pl.LazyFrame:
        """Return the plan of one relation whose inputs are lowered."""
        if isinstance(node, OneRow):
            return pl.LazyFrame({ROW: [True]})
        if isinstance(node, Scan):
            return self.scan(node)
        if isinstance(node, Project):
            return self.project(node)
        if isinstance(node, Filter):
            return self.frame(node.input).filter(polars_expression(node.predicate))
        if isinstance(node, Join):
            return self.checkpoint(self.join(node))
        if isinstance(node, Aggregate):
            return self.aggregate(node)
        if isinstance(node, Sort):
            return self.frame(node.input).sort(
                [polars_expression(key.value) for key in node.keys],
                descending=[key.descending for key in node.keys],
                nulls_last=[key.nulls_last for key in node.keys],
            )
        if isinstance(node, Limit):
            return self.frame(node.input).slice(node.offset, node.count)
        if isinstance(node, Distinct):
            columns = [column.id for column in node.input.columns]
            return self.frame(node.input).select(columns).unique()
        if isinstance(node, Union):
            return self.union(node)
        if isinstance(node, AttachValue):
            value = pl.col(node.subquery.columns[0].id).item(allow_empty=True)
            one = self.frame(node.subquery).select(value.alias(node.column.id))
            return self.frame(node.input).join(one, how="cross")
        return self.membership(node)

    def scan(self, node: Scan) -> pl.LazyFrame:
        """Read a table under the query's own column names."""
        frame = node.table.scan(self.requests[id(node)])
        read = self.needs[id(node)]
        if read and id(node) not in self.few_wanted:
            frame = self.checkpoint(frame)
        return frame.select(
            pl.col(name).alias(column.id)
            for name, column in zip(node.names, node.columns, strict=True)
            if column.id in read
        )

    def project(self, node: Project) -> pl.LazyFrame:
        """
        Compute columns.

        Polars shrinks a selection of constants to one row, also when its optimizer finds out that
        an expression is constant; only a plain column among them, or adding them to the input,
        keeps one row for each input row.
        """
        read = self.needs[id(node)]
        items = [(column, value) for column, value in node.items if column.id in read]
        expressions = [polars_expression(value).alias(column.id) for column, value in items]
        frame = self.frame(node.input)
        if any(isinstance(value, ColumnRef) for _, value in items):
            return frame.select(expressions)
        return frame.with_columns(expressions).select(column.id for column, _ in items)

    def union(self, node: Union) -> pl.LazyFrame:
        """Put inputs under each other by position."""
        read = self.needs[id(node)]
        frames = [
            self.frame(child).select(
                pl.col(theirs.id).alias(ours.id)
                for theirs, ours in zip(child.columns, node.columns, strict=True)
                if ours.id in read
            )
            for child in node.inputs
        ]
        return pl.concat(frames, how="vertical")

    def join(self, node: Join) -> pl.LazyFrame:
        """Join on keys; conditions beyond keys of an outer join are handled in ``outer``."""
        left, right = self.frame(node.left), self.frame(node.right)
        if node.kind == "cross":
            return left.join(right, how="cross")
        if not node.keys:
            return self.ranged(node) if node.kind == "inner" else outer(left, right, node, [], [])
        left_keys, right_keys = zip(*node.keys, strict=True)
        left, left_names = with_keys(left, left_keys, LEFT_ROW)
        right, right_names = with_keys(right, right_keys, RIGHT_ROW)
        if node.residual is not None and node.kind != "inner":
            joined = outer(left, right, node, left_names, right_names)
        else:
            joined = left.join(
                right,
                left_on=left_names,
                right_on=right_names,
                how=node.kind,
                coalesce=None if node.kind == "semi" else False,
            )
        if node.residual is not None and node.kind == "inner":
            joined = joined.filter(polars_expression(node.residual))
        extra = [name for name in (*left_names, *right_names) if name.startswith("#")]
        return joined.drop(extra, strict=False) if extra else joined

    def ranged(self, node: Join) -> pl.LazyFrame:
        """Join by order alone where the engine can; otherwise pair everything and filter."""
        left, right = self.frame(node.left), self.frame(node.right)
        assert node.residual is not None, "an inner join without keys has a condition"
        parts = conjuncts(node.residual)
        left_ids, right_ids = ids(node.left), ids(node.right)
        ranges = [part for part in parts if is_range_test(part, left_ids, right_ids)]
        if not ranges:
            return left.join(right, how="cross").filter(polars_expression(node.residual))
        joined = left.join_where(right, *(polars_expression(part) for part in ranges))
        rest = [polars_expression(part) for part in parts if part not in ranges]
        return joined.filter(rest) if rest else joined

    def aggregate(self, node: Aggregate) -> pl.LazyFrame:
        """Group and aggregate."""
        read = self.needs[id(node)]
        frame = self.frame(node.input)
        keys = [polars_expression(key).alias(column.id) for column, key in node.keys]
        calls = [
            aggregate_expression(call).alias(column.id)
            for column, call in node.aggregates
            if column.id in read
        ]
        if not keys:
            return frame.select(calls)
        return frame.group_by(keys).agg(calls)

    def membership(self, node: AttachMembership) -> pl.LazyFrame:
        """Attach whether the operand is IN the subquery: true, false, or NULL if unknown."""
        element = node.subquery.columns[0].id
        values = self.frame(node.subquery).select(element)
        summary = values.select(pl.len().alias(ROWS), pl.col(element).null_count().alias(NULLS))
        marked = values.drop_nulls().unique().with_columns(pl.lit(True).alias(FOUND))
        operand = polars_expression(node.operand).alias(LEFT_ROW)
        wide = (
            self.frame(node.input)
            .with_columns(operand)
            .join(marked, left_on=LEFT_ROW, right_on=element, how="left", coalesce=True)
            .join(summary, how="cross")
        )
        answer = (
            pl.when(pl.col(ROWS) == 0)
            .then(pl.lit(False))
            .when(pl.col(FOUND))
            .then(pl.lit(True))
            .when(pl.col(LEFT_ROW).is_not_null() & (pl.col(NULLS) == 0))
            .then(pl.lit(False))
        )
        return wide.with_columns(answer.alias(node.column.id)).drop(LEFT_ROW, FOUND, ROWS, NULLS)


def few_wanted(root: Relation) -> frozenset[int]:
    """
    Return the scans of which only the first rows in some order are wanted.

    The engine reads less of those, if nothing that it cannot see through stands in between.
    """
    found = set()
    for node in topological(root):
        if not isinstance(node, Limit):
            continue
        below: Relation = node
        while isinstance(below, (Limit, Project, Sort, Filter)):
            below = below.input
        if isinstance(below, Scan):
            found.add(id(below))
    return frozenset(found)


def with_keys(
    frame: pl.LazyFrame, keys: Sequence[Scalar], prefix: str
) -> tuple[pl.LazyFrame, list[str]]:
    """Return *frame* with a column for each join key, and the columns' names."""
    names: list[str] = []
    computed: list[pl.Expr] = []
    for index, key in enumerate(keys):
        if isinstance(key, ColumnRef):
            names.append(key.id)
            continue
        names.append(f"{prefix}{index}")
        computed.append(polars_expression(key).alias(names[-1]))
    return (frame.with_columns(computed) if computed else frame), names


def outer(
    left: pl.LazyFrame,
    right: pl.LazyFrame,
    node: Join,
    left_keys: Sequence[str],
    right_keys: Sequence[str],
) -> pl.LazyFrame:
    """
    Join with a condition beyond equal keys.

    The pairs that satisfy everything, then each row of a kept side that is in no such pair.
    """
    left, right = left.with_row_index(LEFT_ROW), right.with_row_index(RIGHT_ROW)
    if left_keys:
        pairs = left.join(
            right, left_on=left_keys, right_on=right_keys, how="inner", coalesce=False
        )
    else:
        pairs = left.join(right, how="cross")
    if node.residual is not None:
        pairs = pairs.filter(polars_expression(node.residual))
    parts = [pairs]
    if node.kind in {"left", "full"}:
        parts.append(left.join(pairs.select(LEFT_ROW), on=LEFT_ROW, how="anti"))
    if node.kind in {"right", "full"}:
        parts.append(right.join(pairs.select(RIGHT_ROW), on=RIGHT_ROW, how="anti"))
    return pl.concat(parts, how="diagonal").drop(LEFT_ROW, RIGHT_ROW)


def aggregate_expression(call: AggregateCall) -> pl.Expr:
    """Return the Polars expression of an aggregate over columns."""
    build = call.function.build_distinct if call.distinct else call.function.build
    assert build is not None, "refused when the call was bound"
    return build(*(aggregate_argument(call, value) for value in call.args))


def aggregate_argument(call: AggregateCall, value: Scalar) -> Argument:
    """Return one argument of an aggregate, filtered and ordered as the call says."""
    if isinstance(value, Literal):
        return Argument(
            dtype=value.dtype,
            build=partial(polars_literal, value),
            constant=True,
            value=value.value,
        )
    expr = picked(call, polars_expression(value))
    if call.order and not call.distinct:
        by = [picked(call, polars_expression(key.value)) for key in call.order]
        expr = expr.sort_by(
            by,
            descending=[key.descending for key in call.order],
            nulls_last=[key.nulls_last for key in call.order],
        )
    if call.order and call.distinct:
        key = call.order[0]
        expr = expr.unique().sort(descending=key.descending, nulls_last=key.nulls_last)
    return Argument(dtype=value.dtype, build=lambda: expr)


def picked(call: AggregateCall, expr: pl.Expr) -> pl.Expr:
    """Return *expr* over the rows that FILTER leaves."""
    return expr if call.where is None else expr.filter(polars_expression(call.where))
