"""
Under which names a table keeps columns, and which of them each generation of its view had.

Delta has one type for a column, for ever. A column whose type changes is therefore kept under a
second name, ``<name>~<type>``, beside the old one: the files that have the old one stay as they
are. Which columns, of which types, a generation wrote stands in a property of the table.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pyarrow as pa
from deltalake import DeltaTable, Schema

from assets.storage.layout import Generation
from assets.storage.tables.spec import Lookup, TableSpec

RETYPED = "~"
"""Stands between the name of a column that has changed its type and the type."""

_PROPERTY = "limnograph.generation."

Types = Mapping[str, str]
"""Column to its Delta type, as the log writes it (JSON)."""


def types_of(schema: pa.Schema) -> dict[str, str]:
    """Return the types that Delta has for these columns."""
    return {field.name: field.type.to_json() for field in Schema.from_arrow(schema).fields}


def present_in(table: DeltaTable) -> dict[str, str]:
    """Return the columns of the version at which *table* stands."""
    return {field.name: field.type.to_json() for field in table.schema().fields}


def stored_name(name: str, type_: str, present: Types) -> str:
    """Return what a table with the columns *present* calls a column of this type."""
    if present.get(name, type_) == type_:
        return name
    plain = json.loads(type_)
    if not isinstance(plain, str):
        plain = f"{plain['type']}_{hashlib.sha256(type_.encode()).hexdigest()[:8]}"
    return f"{name}{RETYPED}{plain}"


def renamed(wanted: Types, present: Types) -> dict[str, str]:
    """Return the stored names of those of *wanted* that a table keeps under another name."""
    names = {name: stored_name(name, type_, present) for name, type_ in wanted.items()}
    return {name: stored for name, stored in names.items() if stored != name}


def as_stored(spec: TableSpec, names: Mapping[str, str]) -> TableSpec:
    """Return the same table with its columns called as it keeps them; *names* as ``renamed``."""
    if not names:
        return spec

    def each(columns: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.get(column, column) for column in columns)

    return replace(
        spec,
        schema=pa.schema([one.with_name(names.get(one.name, one.name)) for one in spec.schema]),
        sort_by=each(spec.sort_by),
        stats_columns=each(spec.stats_columns),
        lookups=tuple(Lookup(names.get(one.column, one.column), one.key) for one in spec.lookups),
    )


def property_of(spec: TableSpec) -> dict[str, str]:
    """Return the property that says which columns the spec's generation writes."""
    if spec.generation is None:
        return {}
    types = {name: json.loads(type_) for name, type_ in types_of(spec.schema).items()}
    return {f"{_PROPERTY}{spec.generation}": json.dumps(types, separators=(",", ":"))}


def generations_in(properties: Mapping[str, str | None]) -> dict[Generation, dict[str, str]]:
    """Return the columns of each generation that the properties of a table tell of."""
    return {
        Generation(int(key.removeprefix(_PROPERTY))): {
            name: json.dumps(type_, separators=(",", ":"))
            for name, type_ in json.loads(value).items()
        }
        for key, value in properties.items()
        if key.startswith(_PROPERTY) and value
    }
