"""Keys: the schemas that the specification wants, and no rows."""

from query_engine.flight.metadata.keys import foreign_keys, primary_keys


def test_there_are_no_primary_keys() -> None:
    """
    Nulls are allowed where the specification allows them.
    """
    answer = primary_keys()
    assert answer.num_rows == 0
    assert [f"{field.name} {field.type} {field.nullable}" for field in answer.schema] == [
        "catalog_name string True",
        "db_schema_name string True",
        "table_name string False",
        "column_name string False",
        "key_name string True",
        "key_sequence int32 False",
    ]


def test_there_are_no_foreign_keys() -> None:
    """
    Imported keys, exported keys and cross references have one schema.
    """
    answer = foreign_keys()
    assert answer.num_rows == 0
    assert [f"{field.name} {field.type} {field.nullable}" for field in answer.schema] == [
        "pk_catalog_name string True",
        "pk_db_schema_name string True",
        "pk_table_name string False",
        "pk_column_name string False",
        "fk_catalog_name string True",
        "fk_db_schema_name string True",
        "fk_table_name string False",
        "fk_column_name string False",
        "key_sequence int32 False",
        "fk_key_name string True",
        "pk_key_name string True",
        "update_rule uint8 False",
        "delete_rule uint8 False",
    ]
