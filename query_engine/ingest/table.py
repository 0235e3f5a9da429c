"""What a table of bulk ingest is: its columns, and what becomes of its rows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from assets.errors import CallerError
from assets.storage.bulk import BulkStore
from query_engine.ingest.kinds import Check, Read, WrongType, plain
from query_engine.ingest.properties import Refused


class WrongColumn(CallerError):
    """A column is missing, unknown, of the wrong type, or has a value that cannot be stored."""

    code = "wrong_column"


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestColumn:
    """
    A column that an upload has.

    Attributes:
        expected: Its type, in words for people.
        optional: Whether it may be missing, and its values NULL; *default* stands for both.
    """

    name: str
    expected: str
    read: Read
    check: Check
    optional: bool = False
    default: Any = None


Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestTable:
    """
    A table that can be uploaded; described here, received elsewhere.

    Attributes:
        columns: What it needs.
        ignored: Columns of the table as queries show it that the lake makes by itself.
        store: Stores rows, all or none; returns how many blocks became visible by them.
    """

    name: str
    doc: str
    columns: tuple[IngestColumn, ...]
    ignored: Collection[str]
    store: Callable[[BulkStore, Sequence[Row]], int]

    def rows(self, table: pa.Table) -> list[dict[str, Any]]:
        """
        Return the checked rows of an upload; of an empty one, its columns are checked.

        Raises:
            WrongColumn: The message names column, row and what is expected.
        """
        self._check_names(table.schema)
        given = {column.name: self._values(column, table) for column in self.columns}
        return [
            dict(zip(given, values, strict=True)) for values in zip(*given.values(), strict=True)
        ]

    def _check_names(self, schema: pa.Schema) -> None:
        missing = [
            f"{column.name} ({column.expected})"
            for column in self.columns
            if not column.optional and column.name not in schema.names
        ]
        if missing:
            raise WrongColumn(f"the upload to {self.name} lacks {'; '.join(missing)}")
        names = [column.name for column in self.columns]
        for name in schema.names:
            if name not in names and name not in self.ignored:
                raise WrongColumn(
                    f"column {name!r:.60} is not one of {self.name}, which has {', '.join(names)}"
                )
            if schema.names.count(name) > 1:
                raise WrongColumn(f"the upload to {self.name} has the column {name} twice")

    def _values(self, column: IngestColumn, table: pa.Table) -> list[Any]:
        if column.name not in table.schema.names:
            return [column.default] * table.num_rows
        found = table.column(column.name)
        if pa.types.is_null(found.type) and column.optional:
            return [column.default] * table.num_rows
        try:
            values = column.read(plain(found))
        except WrongType:
            raise WrongColumn(
                f"column {column.name} of {self.name} is {found.type}; expected {column.expected}"
            ) from None
        return [self._value(column, row, value) for row, value in enumerate(values)]

    def _value(self, column: IngestColumn, row: int, value: object) -> object:
        if value is None:
            if column.optional:
                return column.default
            reason = f"is NULL; expected {column.expected}"
        else:
            try:
                return column.check(value)
            except Refused as refused:
                reason = str(refused)
        raise WrongColumn(f"column {column.name} of {self.name}, row {row}: {reason}")
