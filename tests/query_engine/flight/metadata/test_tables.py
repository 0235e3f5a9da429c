"""Tables and their columns, held against information_schema so that the two never differ."""

import polars as pl
import pyarrow as pa
import pytest

from assets.views.log_entries import LOG_ENTRIES
from query_engine.flight.metadata.tables import table_types, tables
from query_engine.sql import plan
from query_engine.sql.arrow_types import arrow_name
from query_engine.sql.schemas import schemas
from query_engine.tables.catalog import SchemaCatalog
from query_engine.wire import wire_schema


def asked(sql: str) -> list[tuple[object, ...]]:
    """Return the rows of a query over the lake's tables."""
    return plan(sql, SchemaCatalog(), now_ns=0).collect().rows()


def listed(**wanted: object) -> list[str]:
    """Return the names of the tables that are asked for."""
    names: list[str] = tables(SchemaCatalog(), **wanted).column("table_name").to_pylist()
    return names


def described() -> dict[tuple[str, str], pa.Schema]:
    """Return the columns of every table by schema and name."""
    return {
        (row["db_schema_name"], row["table_name"]): pa.ipc.read_schema(
            pa.py_buffer(row["table_schema"])
        )
        for row in tables(SchemaCatalog(), with_columns=True).to_pylist()
    }


def test_tables_are_those_of_information_schema() -> None:
    """
    The same catalogs, schemas, names and types, by schema and name.
    """
    known = asked("SELECT * FROM information_schema.tables ORDER BY 1, 2, 3, 4")
    answer = tables(SchemaCatalog())
    assert [tuple(row.values()) for row in answer.to_pylist()] == known
    assert [(field.name, field.nullable) for field in answer.schema] == [
        ("catalog_name", True),
        ("db_schema_name", True),
        ("table_name", False),
        ("table_type", False),
    ]


def test_columns_are_those_of_information_schema() -> None:
    """
    The same names and types in the same order, of every table.
    """
    known = asked(
        """SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
        ORDER BY table_schema, table_name, ordinal_position"""
    )
    found = [
        (*place, field.name, arrow_name(dtype))
        for place, schema in described().items()
        for field, dtype in zip(
            schema, pl.DataFrame(schema.empty_table()).schema.dtypes(), strict=True
        )
    ]
    assert found == known


def test_columns_have_the_types_in_which_rows_are_sent() -> None:
    """
    A table that is described and one that is read have the same schema.
    """
    for place, schema in described().items():
        sent = wire_schema(plan(f"SELECT * FROM {'.'.join(place)}", SchemaCatalog(), now_ns=0)
                           .collect_schema())  # fmt: skip
        assert schema.equals(sent, check_metadata=False)


def test_the_schema_comes_last_and_is_there_for_every_table() -> None:
    """
    Bytes that are not NULL.
    """
    field = tables(SchemaCatalog(), with_columns=True).schema.field(4)
    assert (field.name, field.type, field.nullable) == ("table_schema", pa.binary(), False)


def test_a_column_says_what_arrow_has_no_place_for() -> None:
    """
    Where it is, its name in SQL, its digits, and the sentence that documents it.
    """
    columns = described()["public", "log_entries"]
    told = {key.decode(): text.decode() for key, text in columns.field("time").metadata.items()}
    doc = next(c.doc for c in LOG_ENTRIES.columns if c.name == "time")
    assert told == {
        "ARROW:FLIGHT:SQL:CATALOG_NAME": "limnograph",
        "ARROW:FLIGHT:SQL:DB_SCHEMA_NAME": "public",
        "ARROW:FLIGHT:SQL:SCHEMA_NAME": "public",
        "ARROW:FLIGHT:SQL:TABLE_NAME": "log_entries",
        "ARROW:FLIGHT:SQL:TYPE_NAME": "TIMESTAMP",
        "ARROW:FLIGHT:SQL:PRECISION": "30",
        "ARROW:FLIGHT:SQL:SCALE": "9",
        "ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT": "0",
        "ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE": "0",
        "ARROW:FLIGHT:SQL:IS_READ_ONLY": "1",
        "ARROW:FLIGHT:SQL:IS_SEARCHABLE": "1",
        "ARROW:FLIGHT:SQL:REMARKS": doc,
    }
    assert columns.metadata[b"ARROW:FLIGHT:SQL:REMARKS"].decode() == LOG_ENTRIES.doc


def test_every_column_of_a_view_has_its_sentence() -> None:
    """
    The sentences of the reference page are those that tools show.
    """
    for (schema, table), columns in described().items():
        remarks = [b"ARROW:FLIGHT:SQL:REMARKS" in field.metadata for field in columns]
        assert all(remarks) == (schema == "public"), table


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"schema_pattern": "system"}, ["queries", "query_log"]),
        ({"schema_pattern": "sys%", "table_pattern": "query\\_%"}, ["query_log"]),
        ({"table_pattern": "log%"}, ["log_entries", "log_stats"]),
        ({"table_pattern": "LOG%"}, []),
        ({"table_pattern": "log_entrie_"}, ["log_entries"]),
        ({"table_pattern": "log_entries\\"}, []),
        ({"table_pattern": ""}, []),
        ({"in_catalog": "limnograph", "table_pattern": "streams"}, ["streams"]),
        ({"in_catalog": "", "table_pattern": "streams"}, []),
        ({"in_catalog": "lim%"}, []),
        ({"types": ["BASE TABLE"], "table_pattern": "%s%", "schema_pattern": "system"},
         ["queries"]),
        ({"types": ["VIEW"], "table_pattern": "tables"}, ["tables"]),
        ({"types": ["TABLE"], "table_pattern": "streams"}, ["streams"]),
        ({"types": ["VIEW", "BASE TABLE"], "table_pattern": "s%"}, ["schemata", "streams"]),
        ({"types": ["view"]}, []),
        ({"types": ["SEQUENCE"]}, []),
    ],
)  # fmt: skip
def test_tables_are_filtered(wanted: dict[str, object], names: list[str]) -> None:
    """
    The catalog and the types by their names, the rest by patterns; all of them count.
    """
    assert listed(**wanted) == names


def test_types_are_those_that_tables_have() -> None:
    """
    In order, and no more.
    """
    answer = table_types()
    used = set(tables(SchemaCatalog()).column("table_type").to_pylist())
    assert answer.column("table_type").to_pylist() == sorted(used)
    assert not answer.schema.field("table_type").nullable


def test_views_of_one_process_are_no_tables() -> None:
    """
    They are opened by a function, so that no tool tries to read them by their name.
    """
    assert "thread_spans" not in listed()
    assert set(listed(schema_pattern="public")) == set(
        schemas(SchemaCatalog())["public"].table_names()
    )
