"""
Names: which column a name means, and what to say when it means none or several.

A scope is what one SELECT sees: the relations of its FROM in order. Unquoted names are lower case.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from sqlglot import exp

from query_engine.sql.errors import AmbiguousColumn, SqlError, UnknownColumn, UnknownTable
from query_engine.sql.positions import Source, offset_of
from query_engine.sql.scalars import ColumnRef, Parameters, Scalar


@dataclass(frozen=True, slots=True)
class Named:
    """A column as a query names it."""

    name: str
    column: ColumnRef


@dataclass(frozen=True, slots=True)
class Visible:
    """One relation of FROM: its alias and its columns; a name may occur twice in a subquery's."""

    alias: str
    columns: tuple[Named, ...]

    def named(self, name: str) -> list[ColumnRef]:
        """Return every column called *name*."""
        return [item.column for item in self.columns if item.name == name]


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What names mean inside one SELECT.

    Attributes:
        merged: Columns of USING: their plain name means this one, not either side's.
        outer: What is around a subquery; its names mean something where no own name does.
    """

    relations: tuple[Visible, ...] = ()
    merged: tuple[Named, ...] = ()
    outer: "Enclosing | None" = field(default=None, compare=False)

    def joined(self, other: "Scope") -> "Scope":
        """Return the scope that sees the relations of both."""
        return Scope((*self.relations, *other.relations), (*self.merged, *other.merged), self.outer)

    def star(self) -> list[Named]:
        """Return what ``*`` means: merged columns once, then everything in order."""
        names = {item.name for item in self.merged}
        rest = [item for visible in self.relations for item in visible.columns]
        return [*self.merged, *(item for item in rest if item.name not in names)]

    def matches(self, name: str, alias: str | None) -> list[ColumnRef]:
        """Return the columns that *name* (of relation *alias*) can mean here."""
        if alias is None:
            merged = [item.column for item in self.merged if item.name == name]
            if merged:
                return merged
        return [
            column
            for visible in self.relations
            if alias in {None, visible.alias}
            for column in visible.named(name)
        ]

    def sees(self, name: str, alias: str | None) -> bool:
        """Tell whether *name* means something here or around here; a nearer alias hides others."""
        if self.matches(name, alias):
            return True
        if alias is not None and any(visible.alias == alias for visible in self.relations):
            return False
        return self.outer is not None and self.outer.scope.sees(name, alias)


@dataclass(frozen=True, slots=True, eq=False)
class Enclosing:
    """
    The scope around one subquery, and what the subquery takes from it.

    Attributes:
        fresh: Makes a column that is unique within the query.
        clause: Where the subquery stands, for messages.
        aggregates: Aggregates of the query around may stand there.
        taken: What is used inside, by what it is outside.
    """

    scope: Scope
    fresh: Callable[[str, pl.DataType, int], ColumnRef]
    clause: str
    aggregates: bool
    taken: dict[Scalar, tuple[ColumnRef, Scalar]] = field(default_factory=dict)

    def parameter(self, name: str, value: Scalar) -> ColumnRef:
        """Return the column that stands inside for *value* outside."""
        if value not in self.taken:
            self.taken[value] = (self.fresh(name, value.dtype, value.pos), value)
        inside = self.taken[value][0]
        return ColumnRef(inside.id, inside.dtype, value.pos)

    def restore(self, taken: Mapping[Scalar, tuple[ColumnRef, Scalar]]) -> None:
        """Forget what was taken since."""
        self.taken.clear()
        self.taken.update(taken)

    @property
    def parameters(self) -> Parameters:
        """Everything that was taken."""
        return tuple(self.taken.values())


def identifier(node: exp.Expr) -> str:
    """Return the name that an identifier means: lower case unless quoted."""
    assert isinstance(node, exp.Identifier), f"{type(node).__name__} is no name"
    text = str(node.this)
    return text if node.args.get("quoted") else text.lower()


def resolve(scope: Scope, node: exp.Column, source: Source) -> ColumnRef:
    """
    Return the column that *node* names.

    Raises:
        UnknownColumn: No relation has it; the message names the closest.
        AmbiguousColumn: Several have it.
        UnknownTable: The qualifier is no relation in FROM.
    """
    name = identifier(node.this)
    qualifier = node.args.get("table")
    alias = identifier(qualifier) if qualifier is not None else None
    found = scope.matches(name, alias)
    pos = offset_of(node)
    if len(found) == 1:
        return ColumnRef(found[0].id, found[0].dtype, pos)
    if len(found) > 1:
        owners = [v.alias for v in scope.relations if v.named(name)]
        hint = f"write {' or '.join(f'{owner}.{name}' for owner in dict.fromkeys(owners))}"
        raise source.place(AmbiguousColumn(f'column "{name}" is ambiguous', hint=hint), pos)
    if scope.outer is not None and scope.sees(name, alias):
        return scope.outer.parameter(name, resolve(scope.outer.scope, node, source))
    raise source.place(unknown(scope, name, alias), pos)


def unknown(scope: Scope, name: str, alias: str | None) -> SqlError:
    """Return the error for a name that means nothing here, with the likeliest one that does."""
    aliases = [visible.alias for visible in scope.relations]
    if alias is not None and alias not in aliases:
        dotted = f"{alias}.{name}"
        if scope.matches(dotted, None):
            hint = f'dots that belong to a name are quoted: "{dotted}"'
            return UnknownColumn(f'there is no relation "{alias}" in FROM', hint=hint)
        hint = f"FROM has {', '.join(aliases)}" if aliases else "this SELECT has no FROM"
        return UnknownTable(f'there is no relation "{alias}" in FROM', hint=hint)
    names = [item.name for v in scope.relations if alias in {None, v.alias} for item in v.columns]
    if not names:
        return UnknownColumn(f'there is no column "{name}": this SELECT has no FROM')
    return UnknownColumn(f'there is no column "{name}"', hint=closest(name, names))


def closest(name: str, names: Sequence[str]) -> str:
    """Return the hint that names what was probably meant, or all there is."""
    for candidate in names:
        if candidate.lower() == name.lower() and candidate != candidate.lower():
            return f'names with capitals are quoted: "{candidate}"'
        if candidate == name.lower():
            return f"write {candidate}"
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    listed = list(dict.fromkeys(names))
    return f"there are {', '.join(listed[:40])}{', ...' if len(listed) > 40 else ''}"
