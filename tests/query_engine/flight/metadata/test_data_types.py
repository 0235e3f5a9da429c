"""Types in the words of ODBC, against what CAST and literals do."""

from typing import Any

import polars as pl
import pytest

from query_engine.flight.metadata.columns import column_field
from query_engine.flight.metadata.data_types import DATA_TYPES, data_type_of, type_info, type_name
from query_engine.sql import plan
from query_engine.sql.type_names import SQL_TYPES
from query_engine.tables.memory import MemoryCatalog

LITERALS = {
    "TEXT": "it",
    "VARBINARY": "1F",
    "DATE": "2026-01-31",
    "TIME": "12:00:00",
    "TIMESTAMP": "2026-01-31T12:00:00Z",
    "INTERVAL": "1 day",
}


def rows(code: int | None = None) -> list[dict[str, Any]]:
    """Return the answer."""
    return type_info(code).to_pylist()


def type_of(expression: str) -> pl.DataType:
    """Return the type of an expression of SQL."""
    return plan(f"SELECT {expression} AS x", MemoryCatalog({}), now_ns=0).collect_schema()["x"]


def test_every_type_that_cast_knows_is_there() -> None:
    """
    Each once, and a column of it is found again by its type.
    """
    known = [known.dtype for known in DATA_TYPES]
    assert len(set(known)) == len(known)
    assert {*SQL_TYPES.values()} | {pl.Decimal(38, 0)} == set(known)
    assert all(data_type_of(each.dtype) is each for each in DATA_TYPES)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["type_name"])
def test_names_and_literals_are_understood_by_sql(row: dict[str, Any]) -> None:
    """
    A tool that writes what it is told writes SQL that runs.
    """
    name = row["type_name"]
    size = row["column_size"]
    assert type_name(type_of(f"CAST(NULL AS {name})")).partition("(")[0] == name
    if row["create_params"]:
        assert type_of(f"CAST(NULL AS {name}({size}, {row['maximum_scale']}))").is_decimal()
    assert (row["literal_prefix"] is None) == (name not in LITERALS)
    if row["literal_prefix"] is not None:
        literal = row["literal_prefix"] + LITERALS[name] + row["literal_suffix"]
        assert type_name(type_of(literal)) == name


def test_rows_are_in_order_of_code_and_name() -> None:
    """
    As the specification wants them.
    """
    keys = [(row["data_type"], row["type_name"]) for row in rows()]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (-6, ["TINYINT", "TINYINT UNSIGNED"]),
        (12, ["TEXT"]),
        (93, ["TIMESTAMP"]),
        (0, []),
        (1111, []),
    ],
)
def test_types_are_filtered_by_code(code: int, names: list[str]) -> None:
    """
    A code that no type has finds nothing.
    """
    assert [row["type_name"] for row in rows(code)] == names


def test_numbers_tell_their_digits() -> None:
    """
    Exact ones in decimal digits, floats in bits; the largest numbers have as many.
    """
    by_name = {row["type_name"]: row for row in rows()}
    assert by_name["BIGINT"]["column_size"] == len(str(2**63 - 1))
    assert by_name["BIGINT UNSIGNED"]["column_size"] == len(str(2**64 - 1))
    assert by_name["BIGINT UNSIGNED"]["unsigned_attribute"] is True
    assert by_name["DOUBLE"]["column_size"] == 53
    assert by_name["DOUBLE"]["num_prec_radix"] == 2
    assert by_name["DECIMAL"]["num_prec_radix"] == 10
    assert (by_name["DECIMAL"]["minimum_scale"], by_name["DECIMAL"]["maximum_scale"]) == (0, 38)
    assert by_name["TEXT"]["unsigned_attribute"] is None


def test_moments_have_a_generic_code_and_a_subcode() -> None:
    """
    Others have their own code there.
    """
    special = {r["type_name"]: (r["sql_data_type"], r["datetime_subcode"]) for r in rows()}
    assert special["TIMESTAMP"] == (9, 3)
    assert special["DATE"] == (9, 1)
    assert special["TIME"] == (9, 2)
    assert special["INTERVAL"] == (10, 10)
    assert special["BIGINT"] == (-5, None)


@pytest.mark.parametrize(
    ("dtype", "facts"),
    [
        (pl.Decimal(20, 4), {"TYPE_NAME": "DECIMAL(20,4)", "PRECISION": "20", "SCALE": "4"}),
        (pl.Int64(), {"TYPE_NAME": "BIGINT", "PRECISION": "19", "SCALE": "0"}),
        (pl.Float64(), {"TYPE_NAME": "DOUBLE"}),
        (pl.String(), {"TYPE_NAME": "TEXT", "IS_CASE_SENSITIVE": "1"}),
        (pl.List(pl.String()), {"TYPE_NAME": "TEXT[]", "IS_CASE_SENSITIVE": "0"}),
        (pl.Map(pl.String(), pl.Int64()), {"TYPE_NAME": "MAP"}),
        (pl.Struct({"a": pl.Int64()}), {"TYPE_NAME": "STRUCT"}),
    ],
    ids=str,
)
def test_columns_of_any_type_are_described(dtype: pl.DataType, facts: dict[str, str]) -> None:
    """
    What does not apply to a type is left out.
    """
    told = column_field(("c", "s", "t"), "x", dtype).metadata
    found = {key.decode().rpartition(":")[2]: text.decode() for key, text in told.items()}
    assert found.items() >= facts.items()
    for optional in {"PRECISION", "SCALE", "REMARKS"} - facts.keys():
        assert optional not in found
