"""The page for those who come from Micromegas: its queries run, and so do others of its users."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "micromegas.md"
SHOWN = [
    query.strip()
    for block in re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for query in block.split(";")
    if query.strip()
]
ASKED = [
    "SELECT process_id, property_get(properties, 'version') AS version FROM processes",
    "SELECT count(*) FROM log_entries WHERE property_get(process_properties, 'ENV') = 'test'",
    "SELECT properties_to_dict(properties) AS p, properties_length(properties) AS n FROM processes",
    "SELECT jsonb_format_json(properties_to_jsonb(properties)) AS j FROM processes",
    (
        "SELECT p.view_set_name FROM list_partitions() p JOIN list_view_sets() s "
        "ON p.view_set_name = s.view_set_name WHERE p.file_schema_hash <> s.current_schema_hash"
    ),
    (
        "SELECT object_index, type_name, jsonb_format_json(value) AS v "
        "FROM parse_block((SELECT block_id FROM blocks LIMIT 1)) LIMIT 10"
    ),
    (
        "SELECT date_trunc('minute', time) AS minute, name, avg(value) AS v, "
        "color_scale('viridis', avg(value) / 100.0, 1.0) AS color FROM measures "
        "WHERE time >= NOW() - INTERVAL '10 years' GROUP BY 1, 2 ORDER BY 1"
    ),
    (
        "WITH h AS (SELECT make_histogram(0, 100, 10, value) AS h FROM measures) "
        "SELECT count_from_histogram(h) AS n, sum_from_histogram(h) AS s, "
        "variance_from_histogram(h) AS v, quantile_from_histogram(h, 0.5) AS median FROM h"
    ),
    (
        "SELECT name, duration / 1e6 AS ms FROM process_spans("
        "(SELECT process_id FROM streams WHERE array_has(tags, 'cpu') LIMIT 1), 'thread') "
        "ORDER BY duration DESC LIMIT 10"
    ),
    (
        "SELECT jsonb_as_string(jsonb_get(value, 'k')) AS k FROM jsonb_array_elements("
        """jsonb_parse('[{"k": "a"}, {"k": "b"}]'))"""
    ),
]


@pytest.fixture
def small_lake(filled, new_sender):
    """Return a lake with a few log records, measures and spans of one process."""
    logs = new_sender()
    filled.write(logs, [{"time": 1, "msg": '{"items": [{"kind": "gpu", "ms": 2.5}]}'}])
    measures = [{"time": t, "value": float(t), "name": "frame_time"} for t in range(20)]
    filled.write(new_sender(tag="metrics", process_id=logs.process_id), measures)
    spans = [{"begin": 1, "time": 1, "duration": 5, "id": 1}]
    filled.write(new_sender(tag="cpu", process_id=logs.process_id), spans)
    return filled


def test_the_queries_of_the_page_and_of_its_readers_run(asked, small_lake):
    """
    Each is planned, runs in a worker and yields what its words promise.
    """
    assert len(SHOWN) >= 5
    for sql in (*SHOWN, *ASKED):
        assert asked.rows(sql).width >= 1, sql
    (name,) = asked.rows("SELECT DISTINCT name FROM measures").row(0)
    of_that_name = next(sql for sql in SHOWN if "SELECT bin_center" in sql)
    shape = asked.rows(of_that_name.replace("frame_time", name))
    assert (shape.height, shape["count"].sum()) == (50, 20)
    started = asked.rows(next(sql for sql in SHOWN if "jsonb_each" in sql))
    assert (
        started.height == asked.rows("SELECT properties_length(properties) FROM processes").item()
    )
