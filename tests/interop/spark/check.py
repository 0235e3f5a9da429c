"""What users of Spark do: read the Delta tables with Sail, without our service."""

import json
import os
import urllib.request
from pathlib import Path

from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

facts = json.loads(Path(os.environ["LIMNO_FACTS"]).read_text())
counts = facts["shop_counts"]
server = SparkConnectServer(ip="127.0.0.1", port=0)
server.start(background=True)
spark = SparkSession.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
for name in ("log_entries", "measures", "log_stats"):
    table = spark.read.format("delta").load(f"{os.environ['LAKE']}/tables/{name}")
    table.createOrReplaceTempView(name)


def rows(sql: str) -> list[tuple[object, ...]]:
    """Ask Sail."""
    return [tuple(row) for row in spark.sql(sql).collect()]


def ours(sql: str) -> list[tuple[object, ...]]:
    """Ask our service the same."""
    body = json.dumps({"sql": sql, "format": "json"}).encode()
    request = urllib.request.Request(
        os.environ["LIMNO_HTTP"] + "/api/query", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        said = json.load(answer)
    return [tuple(row.values()) for row in (said["rows"] if isinstance(said, dict) else said)]


def what_is_materialized_counts_as_in_our_sql() -> None:
    process_id = facts["shop"]["stored"]
    for by, table in (("level", "log_entries"), ("name", "measures")):
        sql = (
            f"SELECT {by}, count(*) AS n FROM {table} WHERE process_id = '{process_id}'"
            f" AND time >= '{facts['begin'][:19]}' GROUP BY {by} ORDER BY {by}"
        )
        spark_rows, our_rows = rows(sql), ours(sql)
        assert spark_rows == our_rows, (spark_rows, our_rows)
        assert sum(n for _, n in spark_rows) == counts["logs" if by == "level" else "measures"]


def the_tail_is_not_seen() -> None:
    process_id = facts["shop"]["tail"]
    sql = f"SELECT count(*) AS n FROM log_entries WHERE process_id = '{process_id}'"
    # Nothing of it, or all of it where a client before this one had it built.
    assert rows(sql) in ([(0,)], [(counts["logs"],)])
    assert ours(sql) == [(counts["logs"],)]


def nanoseconds_and_maps_are_whole() -> None:
    found = rows(
        "SELECT unix_micros(time) * 1000 + time_rem AS time_ns, level, msg, properties"
        f" FROM log_entries WHERE process_id = '{facts['clockwork']['stored']}'"
        " ORDER BY time, time_rem"
    )
    assert found == [
        (row["time_ns"], row["level"], row["msg"], row["properties"])
        for row in facts["clockwork_rows"]
    ], found


def a_promoted_key_is_the_key_of_the_map() -> None:
    promoted = [name for name in spark.table("log_entries").columns if name == "properties@item"]
    if promoted:
        assert rows(
            "SELECT count(*) FROM log_entries WHERE NOT (`properties@item` <=> properties['item'])"
        ) == [(0,)]


def a_rollup_is_aggregated_again() -> None:
    process_id = facts["shop"]["stored"]
    found = rows(f"SELECT sum(count) FROM log_stats WHERE process_id = '{process_id}'")
    assert found == [(counts["logs"],)]


for check in (
    what_is_materialized_counts_as_in_our_sql,
    the_tail_is_not_seen,
    nanoseconds_and_maps_are_whole,
    a_promoted_key_is_the_key_of_the_map,
    a_rollup_is_aggregated_again,
):
    check()
    print(check.__name__, "ok", flush=True)
spark.stop()
server.stop()
