"""A column as Flight SQL describes it: its Arrow field, with what Arrow has no place for beside."""

import polars as pl
import pyarrow as pa

from query_engine.flight.metadata.data_types import (
    BINARY,
    SIZE_MAX,
    DataType,
    data_type_of,
    type_name,
)
from query_engine.sql.types import is_text
from query_engine.wire import wire_type

PREFIX = "ARROW:FLIGHT:SQL:"
REMARKS = f"{PREFIX}REMARKS"


def column_field(
    place: tuple[str, str, str], name: str, dtype: pl.DataType, doc: str = ""
) -> pa.Field:
    """
    Return the field of a column.

    Args:
        place: Catalog, schema and table.
        name: Of the column.
        dtype: As SQL sees it.
        doc: The sentence about it, if there is one.
    """
    known = data_type_of(dtype)
    facts = {
        "CATALOG_NAME": place[0],
        "DB_SCHEMA_NAME": place[1],
        "SCHEMA_NAME": place[1],  # what the libraries of Java, Go and C++ look for
        "TABLE_NAME": place[2],
        "TYPE_NAME": type_name(dtype),
        **({} if known is None else digits(known, dtype)),
        "IS_AUTO_INCREMENT": "0",
        "IS_CASE_SENSITIVE": "1" if is_text(dtype) else "0",
        "IS_READ_ONLY": "1",
        "IS_SEARCHABLE": "1",
        **({"REMARKS": doc} if doc else {}),
    }
    return pa.field(name, wire_type(dtype), metadata={PREFIX + key: v for key, v in facts.items()})


def digits(known: DataType, dtype: pl.DataType) -> dict[str, str]:
    """Return how long values are, if in digits or characters, and the digits after the point."""
    size, scale = known.size, known.scale
    if isinstance(dtype, pl.Decimal):
        size, scale = dtype.precision or size, dtype.scale
    facts = {} if size == SIZE_MAX or known.radix == BINARY else {"PRECISION": str(size)}
    return facts if scale is None else facts | {"SCALE": str(scale)}
