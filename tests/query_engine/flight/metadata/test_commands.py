"""The metadata commands as clients send them: protobuf in, rows of the promised schema out."""

import threading

import pyarrow as pa
import pytest

from assets.errors import CallerError
from query_engine.flight import dispatch
from query_engine.flight.proto import Written, pack_any
from query_engine.flight.request import Call, Engine
from query_engine.headers import QueryHeaders
from query_engine.service import QueryService

COMMANDS: list[tuple[str, dict[int, Written]]] = [
    ("CommandGetCatalogs", {}),
    ("CommandGetDbSchemas", {}),
    ("CommandGetDbSchemas", {1: "limnograph", 2: "info%"}),
    ("CommandGetTables", {}),
    ("CommandGetTables", {3: "number_", 5: True}),
    ("CommandGetTables", {4: ["TABLE", "SYSTEM TABLE"]}),
    ("CommandGetTableTypes", {}),
    ("CommandGetPrimaryKeys", {3: "numbers"}),
    ("CommandGetExportedKeys", {3: "numbers"}),
    ("CommandGetImportedKeys", {3: "numbers"}),
    ("CommandGetCrossReference", {3: "numbers", 6: "numbers"}),
    ("CommandGetSqlInfo", {}),
    ("CommandGetXdbcTypeInfo", {}),
]


def asked(service: QueryService, name: str, fields: dict[int, Written]) -> pa.Table:
    """Ask as a client does: GetFlightInfo, then DoGet with the ticket that it gave."""
    engine, call = Engine(service), Call(QueryHeaders(), "", threading.Event().is_set)
    schema, ticket = dispatch.schema_and_ticket(engine, call, pack_any(name, fields))
    assert schema.equals(dispatch.schema(engine, call, pack_any(name, fields)))
    answer = dispatch.rows(engine, call, ticket)
    assert answer.schema.equals(schema, check_metadata=True)
    return pa.Table.from_batches(answer.batches, schema)


@pytest.mark.parametrize(("name", "fields"), COMMANDS)
def test_rows_have_the_schema_that_was_promised(
    service: QueryService, name: str, fields: dict[int, Written]
) -> None:
    """
    Of GetFlightInfo, GetSchema and DoGet alike.
    """
    asked(service, name, fields).validate(full=True)


def test_filters_are_read_from_their_fields(service: QueryService) -> None:
    """
    Each from its own number; an absent text is none, an empty one finds nothing.
    """
    schemas = asked(service, "CommandGetDbSchemas", {2: "pub%"})
    assert schemas.column("db_schema_name").to_pylist() == ["public"]
    assert not asked(service, "CommandGetDbSchemas", {1: ""}).num_rows
    tables = asked(service, "CommandGetTables", {1: "limnograph", 2: "public", 3: "%m%"})
    assert tables.column("table_name").to_pylist() == ["empty", "many", "numbers"]
    views = asked(service, "CommandGetTables", {4: ["VIEW"], 3: "t%"})
    assert views.column("table_name").to_pylist() == ["tables"]


def test_numbers_are_read_packed_and_one_by_one(service: QueryService) -> None:
    """
    Libraries write repeated numbers in both ways.
    """
    one_by_one = asked(service, "CommandGetSqlInfo", {1: [0, 504]})
    packed = asked(service, "CommandGetSqlInfo", {1: b"\x00\xf8\x03"})
    assert one_by_one.equals(packed)
    assert packed.column("value").to_pylist() == ["Limnograph", '"']


def test_codes_of_types_may_be_negative_and_zero(service: QueryService) -> None:
    """
    A code of 0 is asked for, unlike none.
    """
    found = asked(service, "CommandGetXdbcTypeInfo", {1: -5})
    assert found.column("type_name").to_pylist() == ["BIGINT", "BIGINT UNSIGNED"]
    assert not asked(service, "CommandGetXdbcTypeInfo", {1: 0}).num_rows


def test_fields_of_another_kind_are_refused(service: QueryService) -> None:
    """
    In one line that names the field.
    """
    with pytest.raises(CallerError, match="field 2 of CommandGetDbSchemas"):
        asked(service, "CommandGetDbSchemas", {2: 7})
