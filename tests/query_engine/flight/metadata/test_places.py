"""Catalogs and schemas, against those that SQL knows."""

import polars as pl
import pyarrow as pa
import pytest

from assets.errors import LimitExceeded
from query_engine.flight.limits import NAME_PATTERN_CHARS_MAX
from query_engine.flight.metadata.patterns import named_like
from query_engine.flight.metadata.places import catalogs, db_schemas
from query_engine.sql import plan
from query_engine.tables.catalog import SchemaCatalog


def test_there_is_one_catalog() -> None:
    """
    Its name is that of information_schema.
    """
    answer = catalogs()
    assert answer.to_pylist() == [{"catalog_name": "limnograph"}]
    assert answer.schema == pa.schema([pa.field("catalog_name", pa.utf8(), nullable=False)])


def test_schemas_are_those_of_information_schema() -> None:
    """
    The same names, in order.
    """
    sql = """SELECT catalog_name, schema_name AS db_schema_name FROM information_schema.schemata
    ORDER BY ALL"""
    known = plan(sql.replace("ALL", "1, 2"), SchemaCatalog(), now_ns=0).collect()
    answer = db_schemas(SchemaCatalog(), None, None)
    assert pl.DataFrame(answer).equals(known)
    assert [field.nullable for field in answer.schema] == [True, False]


@pytest.mark.parametrize(
    ("in_catalog", "pattern", "names"),
    [
        ("limnograph", None, ["information_schema", "public", "system"]),
        ("", None, []),
        ("Limnograph", None, []),
        (None, "%", ["information_schema", "public", "system"]),
        (None, "", []),
        (None, "p_blic", ["public"]),
        (None, "s%", ["system"]),
        (None, "S%", []),
        (None, "information\\_schema", ["information_schema"]),
        (None, "publi\\_", []),
        (None, "public\n", []),
        (None, ".*", []),
    ],
)
def test_names_are_filtered(in_catalog: str | None, pattern: str | None, names: list[str]) -> None:
    """
    The catalog by its name; schemas by a pattern, in which a backslash takes the meaning away.
    """
    answer = db_schemas(SchemaCatalog(), in_catalog, pattern)
    assert answer.column("db_schema_name").to_pylist() == names


def test_a_pattern_that_no_name_is_as_long_as_is_refused() -> None:
    """
    With the number that it may have.
    """
    assert not db_schemas(SchemaCatalog(), None, "x" * NAME_PATTERN_CHARS_MAX).num_rows
    with pytest.raises(LimitExceeded, match="1001 characters, the limit is 1000"):
        db_schemas(SchemaCatalog(), None, "x" * (NAME_PATTERN_CHARS_MAX + 1))


@pytest.mark.parametrize("pattern", ["%_" * 40 + "x", "%a" * 499 + "%x", "_%" * 500])
def test_patterns_cost_little_whatever_they_are(pattern: str) -> None:
    """
    Many wildcards do not make a search that never ends, also in long names.
    """
    assert not named_like(pattern)("a" * 120)
    assert named_like(pattern)("a" * 600) == (pattern[0] == "_")
