"""
What an operator says of a view: a SELECT and a few options, the same in a file and in SQL.

Rule: nothing here knows SQL or tables. What the text means is found out in ``compiled.py``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from assets.storage.metadata.retention import RAW
from assets.views.catalog import BUILT_IN
from query_engine.defined.limits import (
    DEFINITION_SQL_CHARS_MAX,
    DOC_CHARS_MAX,
    NAME_CHARS_MAX,
    RETENTION_DAYS_MAX,
)

AUTO = "auto"
"""The merge rule that is found out from the SELECT."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MAP_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\['((?:[^']|'')+)'\]")
_DAYS = re.compile(r"(\d+) *(?:days?|d)")
_RESERVED = frozenset({RAW, "raw_blocks", "system", "information_schema", "public", "partial"})

Found = str | tuple[str, str]


class WrongOption(ValueError):
    """
    An option cannot be used.

    Attributes:
        key: Which.
        message: Why, and what to write instead.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key, self.message = key, message


@dataclass(frozen=True, slots=True)
class Definition:
    """
    A view as an operator defines it.

    Attributes:
        name: Of the view.
        sql: Its SELECT.
        merge: How partial rows become one: "" for row by row, ``auto``, or a SELECT.
        time_column: The event time that ranges filter; "" to find it out.
        end_column: For rows that span time, their end; "" for none.
        doc: What it is for.
        sort_by: Order of rows in a file; empty for that of the source.
        found_by: What files are looked up by; None for that of the source.
        retention_days: How long its rows are kept; None leaves the rule that there is.
    """

    name: str
    sql: str
    merge: str = ""
    time_column: str = ""
    end_column: str = ""
    doc: str = ""
    sort_by: tuple[str, ...] = ()
    found_by: tuple[Found, ...] | None = None
    retention_days: int | None = None

    def fields(self) -> dict[str, Any]:
        """Return it as JSON can keep it."""
        return asdict(self)

    @classmethod
    def of_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Return what ``fields`` was made from."""
        known = dict(fields)
        found = known.get("found_by")
        known["sort_by"] = tuple(known.get("sort_by") or ())
        known["found_by"] = (
            None
            if found is None
            else tuple(one if isinstance(one, str) else (one[0], one[1]) for one in found)
        )
        return cls(**known)

    @classmethod
    def of_options(cls, name: str, sql: str, options: Mapping[str, object]) -> Self:
        """
        Return the definition that a file or a statement says.

        Raises:
            WrongOption: The name, the SELECT or an option cannot be used.
        """
        check_name(name)
        text = sql.strip()
        if not text:
            raise WrongOption("sql", "the SELECT is empty")
        if len(text) > DEFINITION_SQL_CHARS_MAX:
            raise WrongOption(
                "sql", f"the SELECT is longer than {DEFINITION_SQL_CHARS_MAX} characters"
            )
        values: dict[str, Any] = {}
        for key, value in options.items():
            if key not in OPTIONS:
                raise WrongOption(key, f"there is no option {key}; there are: {', '.join(OPTIONS)}")
            values.update(OPTIONS[key](key, value))
        return cls(name, sql, **values)


def check_name(name: str) -> None:
    """
    Refuse what cannot be the name of a defined view.

    Raises:
        WrongOption: It is taken, or no name.
    """
    if not _NAME.fullmatch(name) or len(name) > NAME_CHARS_MAX:
        raise WrongOption(
            "name",
            f"{name!r:.80} cannot be a view's name: a lower-case letter, then letters, digits and "
            f"underscores, {NAME_CHARS_MAX} in all at most",
        )
    if BUILT_IN.find(name) is not None or name in _RESERVED:
        raise WrongOption("name", f"{name} is taken: it is a name of ours")


def _text(chars_max: int, field: str) -> Callable[[str, object], dict[str, Any]]:
    def read(key: str, value: object) -> dict[str, Any]:
        if not isinstance(value, str):
            raise WrongOption(key, f"{key} is a text")
        if len(value) > chars_max:
            raise WrongOption(key, f"{key} is longer than {chars_max} characters")
        return {field: value.strip()}

    return read


def _items(key: str, value: object) -> list[str]:
    """Return the items of a list, or of a text with commas between."""
    if isinstance(value, str):
        return [part.strip() for part in re.split(r",(?![^\[]*\])", value) if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [part.strip() for part in value]
    raise WrongOption(key, f"{key} is a list of texts, or a text with commas between")


def _sort_by(key: str, value: object) -> dict[str, Any]:
    return {"sort_by": tuple(_items(key, value))}


def _found_by(key: str, value: object) -> dict[str, Any]:
    found: list[Found] = []
    for item in _items(key, value):
        match = _MAP_KEY.fullmatch(item)
        found.append((match[1], match[2].replace("''", "'")) if match else item)
    return {"found_by": tuple(found)}


def _retention(key: str, value: object) -> dict[str, Any]:
    match = _DAYS.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or not 1 <= int(match[1]) <= RETENTION_DAYS_MAX:
        raise WrongOption(
            key, f"{key} is a number of days up to {RETENTION_DAYS_MAX}, such as '30 days'"
        )
    return {"retention_days": int(match[1])}


OPTIONS: Mapping[str, Callable[[str, object], dict[str, Any]]] = {
    "merge": _text(DEFINITION_SQL_CHARS_MAX, "merge"),
    "time_column": _text(NAME_CHARS_MAX, "time_column"),
    "end_column": _text(NAME_CHARS_MAX, "end_column"),
    "doc": _text(DOC_CHARS_MAX, "doc"),
    "sort_by": _sort_by,
    "found_by": _found_by,
    "retention": _retention,
}
"""What a definition can say beside its SELECT."""
