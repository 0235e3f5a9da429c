"""Binds window functions: the call, PARTITION BY, ORDER BY, frames, windows with names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from query_engine.functions.catalog import AGGREGATES_BY_NAME, WINDOWS_BY_NAME
from query_engine.functions.function import BadArgument, returned
from query_engine.functions.window import WindowFunction
from query_engine.sql.arguments import converted
from query_engine.sql.calls import WrittenCall, aggregate_call, unknown_function, written_call
from query_engine.sql.errors import SqlError, TypeProblem
from query_engine.sql.frames import BoundFrame, Frames
from query_engine.sql.ordering import order_keys
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import (
    Literal,
    OrderKey,
    RowCall,
    Scalar,
    WindowCall,
    arguments,
    walk,
)
from query_engine.sql.scope import identifier

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


@dataclass(frozen=True, slots=True)
class Over:
    """What stands after OVER, or what a name of the WINDOW clause means."""

    partition: tuple[Scalar, ...] = ()
    order: tuple[OrderKey, ...] = ()
    frame: BoundFrame | None = None

    @property
    def parts(self) -> tuple[Scalar, ...]:
        """The expressions in it."""
        return (*self.partition, *(key.value for key in self.order))


def named_windows(
    expressions: "Expressions", nodes: Sequence[exp.Window], context: "Context"
) -> Mapping[str, Over]:
    """Return what the names of a WINDOW clause mean; each may build on those before it."""
    named: dict[str, Over] = {}
    for node in nodes:
        name = identifier(node.this)
        if name in named:
            error = TypeProblem(f'the window "{name}" is defined twice')
            raise expressions.make.source.place(error, node)
        named[name] = bind_over(expressions, node, context, named)
    return named


def bind_window(self: "Expressions", node: exp.Window, context: "Context") -> Scalar:
    """Bind ``f(...) OVER ...``."""
    source = self.make.source
    written, ignore_nulls = call_before_over(self, node)
    function = WINDOWS_BY_NAME.get(written.name)
    aggregate = AGGREGATES_BY_NAME.get(written.name)
    if function is None and aggregate is None:
        raise source.place(unknown_function(written.name, over=True), written.pos)
    if context.windows is None:
        hint = None if context.clause not in {"WHERE", "HAVING"} else "filter by it with QUALIFY"
        message = f"the window function {written.name} cannot stand in {context.clause}"
        raise source.place(TypeProblem(message, hint=hint), written.pos)
    inner = replace(context, clause="a window", windows=None)
    over = bind_over(self, node, inner, context.windows)
    frame = over.frame or BoundFrame()
    if function is None:
        assert aggregate is not None, "one of the two was found"
        if ignore_nulls is not None:
            hint = "use FILTER (WHERE x IS NOT NULL)"
            raise source.unsupported(
                f"IGNORE NULLS in {aggregate.name} is not supported", written.pos, hint=hint
            )
        called = aggregate_call(self, aggregate, written, inner)
        return WindowCall(called, over.partition, over.order, frame.frame, frame.key, written.pos)
    if not function.framed:
        frame = BoundFrame()
    row_call = bind_row_call(self, function, written, inner, ignore_nulls=bool(ignore_nulls))
    if ignore_nulls is not None and not function.takes_nulls:
        raise source.unsupported(f"IGNORE NULLS in {function.name} is not supported", written.pos)
    return WindowCall(row_call, over.partition, over.order, frame.frame, frame.key, written.pos)


def call_before_over(self: "Expressions", node: exp.Window) -> tuple[WrittenCall, bool | None]:
    """Return the call, and whether IGNORE NULLS (True) or RESPECT NULLS (False) is written."""
    called, ignore = node.this, None
    if isinstance(called, exp.IgnoreNulls | exp.RespectNulls):
        ignore, called = isinstance(called, exp.IgnoreNulls), called.this
    written = written_call(called, self.make.source)
    for index, arg in enumerate(written.args):
        if isinstance(arg, exp.IgnoreNulls | exp.RespectNulls):
            ignore = isinstance(arg, exp.IgnoreNulls)
            rest = written.args[index + 1 :]
            written = replace(written, args=(*written.args[:index], arg.this, *rest))
    return written, ignore


def bind_row_call(
    self: "Expressions",
    function: WindowFunction,
    written: WrittenCall,
    context: "Context",
    *,
    ignore_nulls: bool,
) -> RowCall:
    """Return the call of a window function that is no aggregate."""
    for clause in (written.distinct, written.order, written.where, written.within):
        if clause is not None:
            message = f"{function.name} is no aggregate: it takes no DISTINCT, ORDER BY or FILTER"
            raise self.make.source.place(TypeProblem(message), clause)
    args = self.bind_all(written.args, context)
    values = converted(self.make, function, args, written.pos)
    try:
        function.check(arguments(values))
    except BadArgument as error:
        message = f"{function.name}: {error.message}"
        raise self.make.problem(message, values[error.index].pos) from None
    return RowCall(
        function, tuple(values), returned(function.returns, arguments(values)), ignore_nulls
    )


def bind_over(
    self: "Expressions", node: exp.Window, context: "Context", named: Mapping[str, Over]
) -> Over:
    """Return what a window says, together with the named window that it builds on."""
    if node.args.get("over") not in {None, "OVER"} or node.args.get("first") is not None:
        raise self.make.source.unsupported("a window is written OVER (...) or OVER name", node)
    base = based_on(self, node, named)
    partition = [self.bind(key, context) for key in node.args.get("partition_by") or ()]
    order_clause, spec = node.args.get("order"), node.args.get("spec")
    order = order_keys(self, order_clause, context) if order_clause is not None else ()
    own = bool(partition or order or spec is not None)
    if own and base.frame is not None:
        raise problem(self, "a window with a frame cannot be built upon", node)
    if partition and node.args.get("alias") is not None:
        raise problem(self, "a window that builds on another cannot have PARTITION BY", node)
    if order and base.order:
        raise problem(self, "the window that is built upon has ORDER BY already", node)
    partition = [*base.partition, *partition]
    order = tuple(key for key in (base.order or order) if not isinstance(key.value, Literal))
    frame = base.frame if spec is None else Frames(self, context, order).bind(spec)
    distinct = dict.fromkeys(key for key in partition if not isinstance(key, Literal))
    return Over(tuple(distinct), order, frame)


def based_on(self: "Expressions", node: exp.Window, named: Mapping[str, Over]) -> Over:
    """Return the named window that *node* names, or an empty one."""
    alias = node.args.get("alias")
    if alias is None:
        return Over()
    if not isinstance(alias, exp.Identifier):
        raise problem(self, "OVER takes the name of a window, or one in parentheses", alias)
    name = identifier(alias)
    if name not in named:
        hint = f"WINDOW names {', '.join(named)}" if named else "define it: WINDOW name AS (...)"
        error = TypeProblem(f'there is no window "{name}"', hint=hint)
        raise self.make.source.place(error, alias)
    return named[name]


def problem(self: "Expressions", message: str, node: exp.Expr) -> SqlError:
    """Return a type error at *node*."""
    return self.make.source.place(TypeProblem(message), offset_of(node))


def has_window(value: Scalar) -> bool:
    """Tell whether a window function stands in *value*."""
    return any(isinstance(part, WindowCall) for part in walk(value))
