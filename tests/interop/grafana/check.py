"""
What Grafana's Flight SQL data source does, call by call, through the Go client inside of ADBC.

The plugin executes statements without preparing them, and asks for tables, columns and facts of the
server for its query builder. Its macros are expanded here as it expands them.
"""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flight_sql
import adbc_driver_manager
import pyarrow as pa

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
page = Path(os.environ["LIMNO_PAGE"]).read_text()
token = {adbc_driver_flightsql.DatabaseOptions.AUTHORIZATION_HEADER.value: "Bearer none"}
lake = flight_sql.connect(os.environ["LIMNO_FLIGHT"], token, autocommit=True)
begin, end = (datetime.fromisoformat(facts[name]).astimezone(UTC) for name in ("begin", "end"))
low = f"{begin - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
high = f"{end + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
SHOWN = {pa.utf8(), pa.bool_(), pa.int32(), pa.int64(), pa.uint32(), pa.float64()}
SHOWN |= {pa.timestamp("ns", "UTC")}
EPOCH = "timestamp '1970-01-01T00:00:00Z'"
MACROS = (
    (r"\$__dateBinAlias\((\w+)\)", rf"date_bin(interval '60 second', \1, {EPOCH}) as \1_binned"),
    (r"\$__dateBin\((\w+)\)", rf"date_bin(interval '60 second', \1, {EPOCH})"),
    (r"\$__interval\b", "interval '60 second'"),
    (r"\$__timeFilter\((\w+)\)", rf"\1 >= '{low}' AND \1 <= '{high}'"),
    (r"\$__timeFrom\((\w+)\)", rf"\1 >= '{low}'"),
    (r"\$__timeTo\((\w+)\)", rf"\1 <= '{high}'"),
)


def executed(sql: str) -> pa.Table:
    """Return the answer as the plugin gets it: GetFlightInfo of the statement, then DoGet."""
    for macro, text in MACROS:
        sql = re.sub(macro, text, sql)
    with lake.cursor() as cursor:
        cursor.adbc_statement.set_sql_query(sql)
        stream, _ = cursor.adbc_statement.execute_query()
        return pa.RecordBatchReader._import_from_c(stream.address).read_all()


def the_health_check_passes() -> None:
    assert executed("select 1").num_rows == 1


def every_query_of_the_page_makes_a_panel() -> None:
    queries = re.findall(r"^```sql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(queries) > 3
    for sql in queries:
        rows = executed(sql)
        assert rows.num_rows > 0, sql
        assert set(rows.schema.types) <= SHOWN, rows.schema
        times = rows["time"].cast(pa.int64()).to_pylist()
        assert times == sorted(times, reverse="DESC" in sql), sql


def every_macro_is_understood() -> None:
    total = 2 * facts["shop_counts"]["logs"]
    where = "WHERE $__timeFilter(time) AND $__timeFrom(time) AND $__timeTo(time)"
    sql = f"SELECT $__dateBinAlias(time), count(*) AS n FROM log_entries {where} GROUP BY 1"
    rows = executed(sql)
    assert rows.schema.names == ["time_binned", "n"]
    assert sum(rows["n"].to_pylist()) == total
    rows = executed(f"SELECT time + $__interval AS later FROM log_entries {where} LIMIT 1")
    assert rows.num_rows == 1


def the_query_builder_lists_tables_and_columns() -> None:
    found = lake.adbc_get_objects(depth="tables", table_types_filter=["BASE TABLE"]).read_all()
    names = {
        table["table_name"]
        for catalog in found.to_pylist()
        for schema in catalog["catalog_db_schemas"]
        for table in schema["db_schema_tables"]
    }
    assert {"log_entries", "measures", "processes", "log_stats"} <= names, names
    columns = lake.adbc_get_table_schema("log_entries")
    assert columns.field("time").type == pa.timestamp("ns", "UTC"), columns
    assert {"level", "msg", "properties"} <= set(columns.names)


def the_systems_certificates_are_enough() -> None:
    with flight_sql.connect(os.environ["LIMNO_FLIGHT_TLS"], token, autocommit=True) as encrypted:
        assert encrypted.adbc_get_info()


def a_user_and_a_password_are_taken_as_well() -> None:
    named = {"username": "grafana", "password": "any"}
    with flight_sql.connect(os.environ["LIMNO_FLIGHT"], named, autocommit=True) as other:
        assert other.adbc_get_info()


def the_server_tells_about_itself() -> None:
    facts_of_the_server = lake.adbc_get_info()
    assert "imnograph" in facts_of_the_server["vendor_name"], facts_of_the_server


def errors_name_the_mistake() -> None:
    try:
        executed("SELECT nothing FROM log_entries")
    except adbc_driver_manager.ProgrammingError as error:
        assert "nothing" in str(error), error
        assert ".py" not in str(error), error
    else:
        raise AssertionError("it was not refused")


for check in (
    the_health_check_passes,
    every_query_of_the_page_makes_a_panel,
    every_macro_is_understood,
    the_query_builder_lists_tables_and_columns,
    the_systems_certificates_are_enough,
    a_user_and_a_password_are_taken_as_well,
    the_server_tells_about_itself,
    errors_name_the_mistake,
):
    check()
    print(check.__name__, "ok", flush=True)
lake.close()
