"""Tables are made once, grow columns, and never change the type of one."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl
import pyarrow as pa

from assets.storage.lake import Lake
from assets.storage.layout import table_key
from assets.storage.tables import append, ensure_table, limits
from assets.storage.tables.columns import types_of
from tests.assets.storage.tables.sample import ONE, SCHEMA, SPEC, TWO, cover, frame, newest, rows

WIDER = replace(SPEC, schema=SCHEMA.append(pa.field("level", pa.int32())))


def test_racing_creators_make_one_table(any_lake: Lake) -> None:
    """
    Creation is idempotent and safe from several programs at once.
    """
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_table(any_lake, SPEC), range(4)))
    ensure_table(any_lake, SPEC)
    assert newest(any_lake).version == 0


def test_a_table_has_the_properties_that_keep_its_log_short(lake: Lake) -> None:
    """
    Checkpoint interval, log retention and the columns with statistics stand in the table itself.
    """
    ensure_table(lake, SPEC)
    entry = lake.objects.get(f"{table_key(SPEC.name)}/_delta_log/{0:020}.json").splitlines()
    metadata = next(json.loads(line)["metaData"] for line in entry if b'"metaData"' in line)
    assert metadata["partitionColumns"] == ["date", "slice"]
    assert metadata["configuration"] == {
        "delta.checkpointInterval": str(limits.CHECKPOINT_INTERVAL),
        "delta.logRetentionDuration": "interval 1 days",
        "delta.dataSkippingStatsColumns": "time,process_id",
    }


def test_a_new_column_is_added_and_old_writers_go_on(lake: Lake) -> None:
    """
    A view that gains a column needs no new table; a program of the older view can still append.
    """
    append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(1, ONE))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: ensure_table(lake, WIDER), range(3)))
    wide = rows(ONE, "b").append_column(WIDER.schema.field("level"), pa.array([7], pa.int32()))
    append(lake, WIDER, newest(lake, WIDER), wide, cover(2, ONE))
    append(lake, SPEC, newest(lake), rows(ONE, "c"), cover(3, ONE))
    ensure_table(lake, SPEC)
    by_file = [
        frame(lake, replace(snapshot, files=snapshot.files[i]))
        for snapshot in [newest(lake, WIDER)]
        for i in range(3)
    ]
    levels = {row["name"]: row.get("level") for data in by_file for row in data.to_dicts()}
    assert levels == {"a": None, "b": 7, "c": None}


def test_a_column_of_another_type_is_kept_under_a_second_name(lake: Lake) -> None:
    """
    Delta has one type for a column: what is there stays as it is, and so does who wrote it.
    """
    append(lake, SPEC, newest(lake), rows(ONE, "a"), cover(1, ONE))
    index = SCHEMA.get_field_index("value")
    texts = replace(SPEC, schema=SCHEMA.set(index, pa.field("value", pa.string())), generation=7)
    for _ in range(2):
        ensure_table(lake, texts)
    made = newest(lake, texts)
    assert made.version == 3, "columns and property, once"
    assert (made.columns["value"], made.columns["value~string"]) == ('"double"', '"string"')
    assert made.generations == {7: types_of(texts.schema)}
    data = rows(TWO, "b").set_column(index, "value", pa.array(["x"]))
    append(lake, texts, made, data, cover(2, TWO, version=7))
    append(lake, SPEC, newest(lake), rows(ONE, "c"), cover(3, ONE))
    found = newest(lake)
    both = pl.scan_parquet(
        found.files["path"].to_list(),
        missing_columns="insert",
        extra_columns="ignore",
        hive_partitioning=False,
        schema={"name": pl.String, "value": pl.Float64, "value~string": pl.String},
    ).collect()
    texts_by_name = dict(both.select("name", "value~string").iter_rows())
    assert texts_by_name == {"a": None, "b": "x", "c": None}
    assert both.filter(name="b")["value"].to_list() == [None]
