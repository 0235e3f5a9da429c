"""Values and names as SQL text: whatever they hold, they stay one literal or one identifier."""

from collections.abc import Iterable

from limnograph.client import checked
from limnograph.client.errors import QueryError


def literal(value: str) -> str:
    """Return *value* as a text literal."""
    if "\0" in checked.text(value, "a name"):
        raise QueryError("client", f"{value!r:.60} holds a NUL, which SQL text cannot")
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name, dotted ones by their parts, as identifiers."""
    if "\0" in checked.text(name, "the table") or not all(name.split(".")):
        raise QueryError("client", f"{name!r:.60} is no name of a table")
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def where(conditions: Iterable[str]) -> str:
    """Return a WHERE clause of all *conditions*; nothing for none."""
    found = " AND ".join(conditions)
    return f" WHERE {found}" if found else ""
