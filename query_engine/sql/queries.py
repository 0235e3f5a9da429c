"""
Binds queries: SELECT, sets, VALUES, WITH and parentheses, with their ORDER BY and LIMIT.

A bound query is a relation and the names of its columns; a name may occur twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from query_engine.functions.catalog import AGGREGATES_BY_NAME
from query_engine.sql.errors import SqlError, TypeProblem
from query_engine.sql.expressions import Context, Expressions
from query_engine.sql.limits import ROW_COUNT_MAX
from query_engine.sql.ordering import order_key
from query_engine.sql.positions import offset_of
from query_engine.sql.recursion import bind_recursive, names_itself
from query_engine.sql.relations import Aggregate, Limit, Project, Relation, Sort
from query_engine.sql.scalars import (
    AggregateCall,
    ColumnRef,
    Literal,
    OrderKey,
    Parameters,
    Scalar,
)
from query_engine.sql.scope import Enclosing, Named, Scope, Visible, identifier
from query_engine.sql.session import Session
from query_engine.sql.sets import bind_set_operation
from query_engine.sql.subqueries import attached
from query_engine.sql.types import BOOLEAN, INT64
from query_engine.sql.windows import Over


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound query and what its columns are called."""

    relation: Relation
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Queries:
    """Binds the queries that see the CTEs in ``ctes`` and stand inside ``outer``."""

    session: Session
    ctes: Mapping[str, Bound] = field(default_factory=dict)
    outer: Enclosing | None = None

    @property
    def expressions(self) -> Expressions:
        """The binder of expressions inside these queries."""
        return Expressions(self.session.make, self.session.now_ns, self)

    def query(self, node: exp.Expr) -> Bound:
        """
        Bind a whole query.

        Raises:
            SqlError: Something in it is wrong; placed.
        """
        from query_engine.sql.selects import bind_select
        from query_engine.sql.values import bind_values

        inside = self.with_ctes(node.args.get("with_"))
        if isinstance(node, exp.Select):
            return bind_select(inside, node)
        if isinstance(node, exp.SetOperation):
            return inside.modified(bind_set_operation(inside, node), node)
        if isinstance(node, exp.Values):
            return inside.modified(bind_values(inside, node), node)
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
            return inside.modified(inside.query(node.this), node)
        raise self.session.source.unsupported(f"{node.key.upper()} is not a query", node)

    def with_ctes(self, clause: exp.With | None) -> "Queries":
        """Return the binder that also sees the CTEs of *clause*; each sees those before it."""
        if clause is None:
            return self
        inside = self
        names: set[str] = set()
        for cte in clause.expressions:
            self.session.count_relation(cte)
            alias = cte.args["alias"]
            name = identifier(alias.this)
            if name in names:
                error = SqlError(f'WITH defines "{name}" twice')
                raise self.session.source.place(error, alias.this)
            names.add(name)
            if clause.args.get("recursive") and names_itself(cte):
                bound = bind_recursive(inside, cte)
            else:
                bound = inside.query(cte.this)
                bound = replace(bound, columns=renamed(self.session, bound.columns, alias))
            inside = replace(inside, ctes={**inside.ctes, name: bound})
        return inside

    def modified(self, bound: Bound, node: exp.Expr) -> Bound:
        """Apply ORDER BY, OFFSET and LIMIT that stand after sets, VALUES or parentheses."""
        relation = bound.relation
        order = node.args.get("order")
        if order is not None:
            values = [item.column for item in bound.columns]
            scope = Scope((Visible("", bound.columns),), outer=self.outer)
            keys = tuple(
                self.output_key(item, [n.name for n in bound.columns], values, scope)
                for item in order.expressions
            )
            relation = sorted_by(self.session, relation, keys)
        return replace(bound, relation=self.limited(relation, node))

    def output_key(
        self,
        item: exp.Ordered,
        names: Sequence[str],
        values: Sequence[Scalar],
        scope: Scope,
        *,
        aggregates: bool = False,
        windows: Mapping[str, Over] | None = None,
    ) -> OrderKey:
        """Return an ORDER BY item: an ordinal, an output name, or an expression over *scope*."""
        value = output_value(self, item.this, names, values, "ORDER BY")
        if value is None:
            aliases = dict(zip(names, values, strict=True))
            context = Context(scope, "ORDER BY", aggregates, windows, aliases)
            value = self.expressions.bind(item.this, context)
        return order_key(self.session.make, item, value)

    def limited(self, relation: Relation, node: exp.Expr) -> Relation:
        """Apply LIMIT and OFFSET."""
        limit, offset = node.args.get("limit"), node.args.get("offset")
        if limit is None and offset is None:
            return relation
        count = self.row_count(*limit_of(limit)) if limit is not None else None
        skipped = self.row_count(offset.expression, "OFFSET") if offset is not None else 0
        count = None if count is not None and count > ROW_COUNT_MAX else count
        return Limit(relation, count, min(skipped or 0, ROW_COUNT_MAX))

    def row_count(self, node: exp.Expr, clause: str) -> int | None:
        """Return the constant number of rows; NULL and ALL mean no limit."""
        if isinstance(node, exp.Var) and node.name == "ALL":
            return None
        if isinstance(node, exp.Column):
            raise self.problem(f"{clause} takes a constant whole number, 0 or more", node)
        value = self.expressions.bind(node, Context(Scope(), clause))
        if isinstance(value, Literal) and value.value is None:
            return None
        if not isinstance(value, Literal) or not isinstance(value.value, int) or value.value < 0:
            raise self.problem(f"{clause} takes a constant whole number, 0 or more", node)
        return int(value.value)

    def subquery(self, node: exp.Expr, context: Context) -> tuple[Relation, Parameters]:
        """Bind a subquery in an expression; returns what it takes from around it, too."""
        self.session.count_relation(node)
        fresh = self.session.outer_column
        around = Enclosing(context.scope, fresh, context.clause, context.aggregates)
        bound = replace(self, outer=around).query(node)
        items = tuple(
            (self.session.fresh(item.name, item.column.dtype), item.column)
            for item in bound.columns
        )
        return Project(bound.relation, items), around.parameters

    def existence(self, relation: Relation) -> Relation:
        """Return one row of one column: whether *relation* has any row."""
        count = AggregateCall(
            AGGREGATES_BY_NAME["count"],
            (Literal(True, BOOLEAN),),
            INT64,
        )
        rows = self.session.fresh("rows", INT64)
        counted = Aggregate(Limit(relation, 1, 0), (), ((rows, count),))
        found = self.expressions.operators.compare(">", rows, Literal(0, INT64), 0)
        return Project(counted, ((self.session.fresh("exists", BOOLEAN), found),))

    def problem(self, message: str, node: exp.Expr) -> SqlError:
        """Return a type error at *node*."""
        return self.session.source.place(TypeProblem(message), offset_of(node))


def limit_of(node: exp.Expr) -> tuple[exp.Expr, str]:
    """Return the number of rows of LIMIT or FETCH, and the clause's name."""
    if not isinstance(node, exp.Fetch):
        return node.expression, "LIMIT"
    count = node.args.get("count")
    return (exp.Literal.number(1) if count is None else count), "FETCH"


def output_value(
    queries: Queries,
    node: exp.Expr,
    names: Sequence[str],
    values: Sequence[Scalar],
    clause: str,
) -> Scalar | None:
    """Return the output column that an ordinal or a bare name means; None if it is neither."""
    if isinstance(node, exp.Literal) and not node.args["is_string"]:
        if not node.this.isdigit() or not 1 <= int(node.this) <= len(values):
            message = f"{clause} {node.this}: there are {len(values)} output columns"
            raise queries.problem(message, node)
        return values[int(node.this) - 1]
    if clause == "ORDER BY" and isinstance(node, exp.Column) and node.args.get("table") is None:
        found = [v for n, v in zip(names, values, strict=True) if n == identifier(node.this)]
        if found and all(value == found[0] for value in found):
            return found[0]
        if found:
            raise queries.problem(f'output column "{node.name}" is ambiguous', node)
    return None


def sorted_by(session: Session, relation: Relation, keys: tuple[OrderKey, ...]) -> Relation:
    """Return *relation* sorted; keys that are no columns are computed and dropped again."""
    if all(isinstance(key.value, ColumnRef) for key in keys):
        return Sort(relation, keys)
    wide, values = attached(session, relation, [key.value for key in keys])
    kept: list[tuple[ColumnRef, Scalar]] = [(column, column) for column in relation.columns]
    columns = [session.fresh("key", value.dtype) for value in values]
    computed = Project(wide, (*kept, *zip(columns, values, strict=True)))
    sort_keys = tuple(replace(key, value=column) for key, column in zip(keys, columns, strict=True))
    return Project(Sort(computed, sort_keys), tuple(kept))


def renamed(session: Session, columns: Sequence[Named], alias: exp.TableAlias) -> tuple[Named, ...]:
    """Return *columns* under the names of an alias's column list, if it has one."""
    names = [identifier(name) for name in alias.args.get("columns") or ()]
    if len(names) > len(columns):
        message = f"{len(names)} names for {len(columns)} columns"
        raise session.source.place(TypeProblem(message), alias)
    rest = columns[len(names) :]
    given = [Named(name, item.column) for name, item in zip(names, columns, strict=False)]
    return (*given, *rest)
