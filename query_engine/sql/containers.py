"""
Arrays, structs and maps: how they are written, and how their parts are taken out.

The functions over them are in the registry; this is the syntax.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl
from sqlglot import exp

from query_engine.functions.function import Argument
from query_engine.sql.coercion import Maker
from query_engine.sql.errors import UnknownColumn, UnknownTable
from query_engine.sql.positions import offset_of
from query_engine.sql.scalars import Literal, Scalar
from query_engine.sql.scope import identifier, resolve
from query_engine.sql.types import INT64, NULL, as_instance, shown

if TYPE_CHECKING:
    from query_engine.sql.expressions import Context, Expressions


def array(make: Maker, values: Sequence[Scalar], pos: int) -> Scalar:
    """Return ``[a, b, ...]``: its elements are brought to one type."""
    if not values:
        return make.call("array", [], pl.List(NULL), empty_list, pos)
    values = make.unify(values, "an array cannot hold both", pos, to_compare=False)
    dtype = pl.List(values[0].dtype)
    return make.call("array", values, dtype, list_of, pos, strict=False)


def empty_list() -> pl.Expr:
    """Build ``[]``."""
    return pl.lit(pl.Series([[]], dtype=pl.List(pl.Null()))).first()


def list_of(*values: Argument) -> pl.Expr:
    """Build an array; wrapped in structs so that arrays in it stay arrays."""
    packed = pl.concat_list([pl.struct(value.expr.alias("item")) for value in values])
    return packed.list.eval(pl.element().struct.field("item"))


def struct(make: Maker, names: Sequence[str], values: Sequence[Scalar], pos: int) -> Scalar:
    """Return ``{name: value, ...}``."""
    if len(set(names)) < len(names) or not names:
        raise make.problem("a struct has fields, each with a name of its own", pos)
    dtype = pl.Struct(dict(zip(names, (value.dtype for value in values), strict=True)))

    def build(*args: Argument) -> pl.Expr:
        return pl.struct(arg.expr.alias(name) for name, arg in zip(names, args, strict=True))

    return make.call(f"struct {list(names)!r}", values, dtype, build, pos, strict=False)


def key_map(make: Maker, keys: Sequence[Scalar], values: Sequence[Scalar], pos: int) -> Scalar:
    """Return ``MAP {key: value, ...}``."""
    if not keys:
        raise make.problem("a map in a query has at least one entry", pos)
    keys = make.unify(keys, "the keys of a map cannot be both", pos, to_compare=False)
    values = make.unify(values, "the values of a map cannot be both", pos, to_compare=False)
    if any(isinstance(key, Literal) and key.value is None for key in keys):
        raise make.problem("a key of a map cannot be NULL", pos)
    dtype = pl.Map(keys[0].dtype, values[0].dtype)
    count = len(keys)

    def build(*args: Argument) -> pl.Expr:
        entries = [
            pl.struct(key.expr.alias("key"), value.expr.alias("value"))
            for key, value in zip(args[:count], args[count:], strict=True)
        ]
        return pl.concat_list(entries).cast(dtype)

    return make.call("map", [*keys, *values], dtype, build, pos, strict=False)


def element(make: Maker, value: Scalar, key: Scalar, pos: int) -> Scalar:
    """Return ``value[key]``: of a map by key, of a struct by name, of an array by place from 1."""
    dtype = value.dtype
    if isinstance(dtype, pl.Map):
        key = make.cast(key, as_instance(dtype.key))
        inner = as_instance(dtype.value)
        return make.call("[]", [value, key], inner, lambda m, k: m.expr.map.get(k.expr), pos)
    if isinstance(dtype, pl.Struct):
        if not isinstance(key, Literal) or not isinstance(key.value, str):
            raise make.problem("a field of a struct is named by a constant text", key.pos)
        return field(make, value, key.value, pos)
    if not isinstance(dtype, pl.List):
        raise make.problem(f"[] takes a map, a struct or an array, not {shown(dtype)}", pos)
    key = make.cast(key, INT64)
    return make.call("[]", [value, key], as_instance(dtype.inner), element_at, pos)


def field(make: Maker, value: Scalar, name: str, pos: int) -> Scalar:
    """Return one field of a struct."""
    assert isinstance(value.dtype, pl.Struct), "the caller has seen the type"
    found = {item.name: as_instance(item.dtype) for item in value.dtype.fields}
    dtype = found.get(name)
    if dtype is None:
        hint = f"its fields are {', '.join(found)}"
        raise make.problem(f'the struct has no field "{name}"', pos, hint=hint)
    return make.call(f".{name}", [value], dtype, lambda s: s.expr.struct.field(name), pos)


def element_at(items: Argument, index: Argument) -> pl.Expr:
    """Return the element at a 1-based index, from the end if negative; NULL outside the array."""
    place = index.expr
    at = pl.when(place > 0).then(place - 1).when(place < 0).then(place)
    return items.expr.list.get(at, null_on_oob=True)


def part(make: Maker, value: Scalar, bounds: Sequence[Scalar | None], pos: int) -> Scalar:
    """Return ``array[first:last]``: both ends included, from the end if negative."""
    if not isinstance(value.dtype, pl.List):
        raise make.problem(f"[:] takes an array, not {shown(value.dtype)}", pos)
    first, last = bounds
    ends = [
        Literal(default, INT64, pos) if bound is None else make.cast(bound, INT64)
        for bound, default in ((first, 1), (last, -1))
    ]

    def build(items: Argument, low: Argument, high: Argument) -> pl.Expr:
        size = items.expr.list.len().cast(INT64)
        start = pl.when(low.expr < 0).then(size + low.expr + 1).otherwise(low.expr).clip(1)
        end = pl.when(high.expr < 0).then(size + high.expr + 1).otherwise(high.expr)
        length = (pl.min_horizontal(end, size) - start + 1).clip(0)
        return pl.when(length.is_not_null()).then(items.expr.list.slice(start - 1, length))

    return make.call("[:]", [value, *ends], value.dtype, build, pos)


def struct_member(self: "Expressions", node: exp.Column, context: "Context") -> Scalar | None:
    """Return ``column.field`` or ``relation.column.field``; None if no column is meant."""
    parts = [node.args[name] for name in ("catalog", "db", "table", "this") if node.args.get(name)]
    for count in (2, 1):
        names = parts[:count]
        try:
            found: Scalar = resolve(context.scope, exp.column(*reversed(names)), self.make.source)
        except (UnknownColumn, UnknownTable):
            continue
        for name in parts[count:]:
            found = member(self, found, name)
        return found
    return None


def member(self: "Expressions", value: Scalar, name: exp.Identifier) -> Scalar:
    """Return ``value.name``."""
    pos = offset_of(name)
    if not isinstance(value.dtype, pl.Struct):
        raise self.make.problem(f"a {shown(value.dtype)} has no field {name.name}", pos)
    return field(self.make, value, identifier(name), pos)


def bind_member(self: "Expressions", node: exp.Dot, context: "Context") -> Scalar:
    """Bind ``(x).field``."""
    return member(self, self.bind(node.this, context), node.expression)


def bind_array(self: "Expressions", node: exp.Array, context: "Context") -> Scalar:
    """Bind ``[a, b]`` and ``ARRAY[a, b]``."""
    return array(self.make, self.bind_all(node.expressions, context), offset_of(node))


def bind_struct(self: "Expressions", node: exp.Struct, context: "Context") -> Scalar:
    """Bind ``{name: value}``."""
    pos = offset_of(node)
    names, values = entries(self, node)
    return struct(
        self.make, [str(name.name) for name in names], self.bind_all(values, context), pos
    )


def bind_map(self: "Expressions", node: exp.ToMap, context: "Context") -> Scalar:
    """Bind ``MAP {key: value}``."""
    keys, values = entries(self, node.this)
    return key_map(
        self.make, self.bind_all(keys, context), self.bind_all(values, context), offset_of(node)
    )


def entries(self: "Expressions", node: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """Return names (or keys) and values of what stands in braces."""
    for item in node.expressions:
        if not isinstance(item, exp.PropertyEQ):
            raise self.make.source.unsupported("in braces stand entries, name: value", item)
    return [i.this for i in node.expressions], [i.expression for i in node.expressions]


def bind_bracket(self: "Expressions", node: exp.Bracket, context: "Context") -> Scalar:
    """Bind ``x[key]`` and ``array[first:last]``."""
    pos, keys = offset_of(node), node.expressions
    if len(keys) != 1:
        raise self.make.source.unsupported("[] takes one key or index", pos)
    value = self.bind(node.this, context)
    if isinstance(keys[0], exp.Slice):
        ends = [keys[0].this, keys[0].expression]
        bounds = [None if end is None else self.bind(end, context) for end in ends]
        return part(self.make, value, bounds, pos)
    return element(self.make, value, self.bind(keys[0], context), pos)
