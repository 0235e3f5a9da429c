"""
Rebuilding a bound query: the same tree with some relations or expressions in other words.

It works on the fields of the nodes, whatever they are called, so a new kind of relation needs
nothing here. A relation with two parents is rebuilt once and stays one relation.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args

from query_engine.sql.relations import Relation, inputs, topological
from query_engine.sql.scalars import OrderKey, Scalar

RELATIONS = get_args(Relation)
SCALARS = get_args(Scalar)


def rebuilt(root: Relation, change: Callable[[Relation], Relation]) -> Relation:
    """Return *root* after *change* was applied to every relation, inputs first."""
    done: dict[int, Relation] = {}
    for node in reversed(topological(root)):
        done[id(node)] = change(with_inputs(node, lambda child: done[id(child)]))
    return done[id(root)]


def with_inputs(node: Relation, change: Callable[[Relation], Relation]) -> Relation:
    """Return *node* over other inputs; itself when they are the same."""
    if all(change(child) is child for child in inputs(node)):
        return node
    return with_fields(node, lambda value: change(value) if isinstance(value, RELATIONS) else None)


def with_values(node: Relation, change: Callable[[Scalar], Scalar]) -> Relation:
    """Return *node* with *change* applied to each whole expression and column in it."""
    return with_fields(node, lambda value: change(value) if isinstance(value, SCALARS) else None)


def with_fields(node: Relation, change: Callable[[Any], Any]) -> Relation:
    """Return *node* with the parts of its fields replaced for which *change* returns another."""
    changed: dict[str, Any] = {}
    for item in fields(node):
        value = getattr(node, item.name)
        other = part_changed(value, change)
        if other is not value:
            changed[item.name] = other
    return replace(node, **changed) if changed else node


def part_changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a field's value with its parts replaced; itself when none is."""
    other = change(value)
    if other is not None:
        return other
    if isinstance(value, tuple):
        parts = tuple(part_changed(part, change) for part in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    if isinstance(value, OrderKey):
        key = part_changed(value.value, change)
        return value if key is value.value else replace(value, value=key)
    return value
