"""
What a reader of one audience sees: what there would be if the others' processes were not there.

Every view and every function that reads the lake is asked, so that a new one cannot be forgotten.
"""

import uuid
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.errors import LakeError
from assets.materialize import materialize
from assets.views.catalog import BUILT_IN
from auth.principal import Principal
from query_engine.errors import Cancelled
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS
from tests.assets.conftest import T0_NS
from tests.assets.decode.otlp.messages import made_trace
from tests.query_engine.flight.calls import until

TRACE = "000102030405060708090a0b0c0d0e0f"
NOT_FOUND = "there is no"
WHOLE = {"lake_checks"}
"""Views whose rows are nobody's process's."""


def reader(*audiences: str) -> Principal:
    return Principal(
        subject="r",
        issuer="i",
        kind="key",
        roles=frozenset({"reader"}),
        write_audience=None,
        read_audiences=audiences,
    )


OURS, NOBODY = reader("ours"), reader()


@pytest.fixture(params=["tail", "tables"])
def tenants(request, filled, new_sender) -> dict[str, Any]:
    """Fill a lake with the same of two audiences, both in one segment's hour and table."""
    senders = {}
    for audience in ("ours", "theirs"):
        process = str(uuid.uuid4())
        traced = new_sender(tag="trace", format="otlp/v1/traces", process_id=process)
        filled.write(traced, made_trace(TRACE, T0_NS, (1, 0, 0, 100, audience)))
        for tag, row in (
            ("log", {"time": 5, "msg": audience}),
            ("metrics", {"time": 6, "value": 7.0}),
            ("cpu", {"id": 1, "begin": 0, "duration": 9}),
        ):
            filled.write(new_sender(tag=tag, process_id=process), [row])
        with filled.lake.connection() as conn:
            conn.execute(
                "UPDATE processes SET audience = %s WHERE process_id = %s", (audience, process)
            )
            block = conn.execute(
                "SELECT block_id::text, stream_id::text FROM blocks WHERE process_id = %s"
                " AND 'log' = ANY(tags)",
                (process,),
            ).fetchone()
        senders[audience] = {"process": process, "block": block[0], "stream": block[1]}
    if request.param == "tables":
        for view in BUILT_IN.continuous:
            materialize(filled.lake, view, filled.tables)
    return senders


@pytest.mark.parametrize("view", [view.name for view in BUILT_IN.in_from])
def test_a_view_shows_only_processes_of_the_audience(asked, tenants, view):
    """Neither more nor fewer rows than there are of them."""
    if view in WHOLE:
        with pytest.raises(LakeError, match="for readers of all"):
            asked.rows(f"SELECT * FROM {view}", principal=OURS)
        return
    every = asked.rows(f"SELECT * FROM {view}")
    ours = asked.rows(f"SELECT * FROM {view}", principal=OURS)
    expected = every.filter(pl.col("process_id") == tenants["ours"]["process"])
    assert_frame_equal(ours, expected, check_row_order=False)
    assert asked.rows(f"SELECT * FROM {view}", principal=NOBODY).is_empty()
    count = f"SELECT count(*) AS n FROM {view}"
    assert asked.rows(count, principal=OURS).item() == expected.height
    both = reader("ours", "theirs")
    assert_frame_equal(
        asked.rows(f"SELECT * FROM {view}", principal=both), every, check_row_order=False
    )


@pytest.mark.parametrize("view", ["log_entries", "measures", "otel_spans", "log_stats"])
def test_what_answers_without_reading_rows_counts_only_them_too(asked, tenants, view):
    """Bounds, limits and first rows come from statistics of files, which are of everybody."""
    time = next(v for v in BUILT_IN.continuous if v.name == view).time_column
    process = tenants["ours"]["process"]
    for query in (
        f"SELECT min({time}) AS a, max({time}) AS b, count(*) AS n FROM {view}",
        f"SELECT process_id FROM {view} ORDER BY {time} DESC LIMIT 5",
        f"SELECT DISTINCT process_id FROM {view}",
        f"SELECT count(*) AS n FROM (SELECT * FROM {view} LIMIT 1) AS one",
    ):
        own = query.replace(f"FROM {view}", f"FROM {view} WHERE process_id = '{process}'")
        assert_frame_equal(asked.rows(query, principal=OURS), asked.rows(own))


BY_ID = {
    "block_images": "block_images('{block}')",
    "export_process": "export_process('{process}', 'all', 'chrome')",
    "flame": "flame('{process}')",
    "parse_block": "parse_block('{block}')",
    "perfetto_trace_chunks": "perfetto_trace_chunks('{process}', 'both')",
    "process_spans": "process_spans('{process}', 'both')",
    "span_diff": "span_diff('{process}', '{process}')",
    "view_instance": "view_instance('log_entries', '{process}')",
}
"""Functions of one process or block."""

BY_TRACE = {
    "critical_path": "critical_path('{trace}')",
    "export_trace": "export_trace('{trace}', 'chrome')",
    "trace_bundle": "trace_bundle('{trace}')",
    "trace_spans": "trace_spans('{trace}')",
}
"""Functions of a trace, which may have spans of several audiences."""

REFUSED = {"list_partitions": "list_partitions()"}
OF_NOBODY = {"list_view_sets"}
"""Functions that show no rows of anybody."""


def test_every_function_that_reads_the_lake_is_asked_here():
    """One of administrators is none of those that readers of some audiences have."""
    known = {one.name for one in LAKE_FUNCTIONS if not one.admin}
    assert known == {*BY_ID, *BY_TRACE, *REFUSED, *OF_NOBODY}


@pytest.mark.parametrize("function", BY_ID)
def test_of_anothers_process_is_said_what_is_said_of_a_missing_one(asked, tenants, function):
    """The same words, but for the id."""
    said = []
    missing = dict.fromkeys(("process", "block", "stream"), str(uuid.uuid4()))
    for ids in (tenants["theirs"], missing):
        with pytest.raises(LakeError, match=NOT_FOUND) as refused:
            asked.rows(f"SELECT * FROM {BY_ID[function].format(**ids)}", principal=OURS)
        text = str(refused.value)
        for id_ in ids.values():
            text = text.replace(id_, "ID")
        said.append(text.partition(" (query")[0])
    assert said[0] == said[1]
    if function != "block_images":  # the block has none
        own = BY_ID[function].format(**tenants["ours"])
        assert asked.rows(f"SELECT * FROM {own}", principal=OURS).height > 0


@pytest.mark.parametrize("view", ["thread_spans", "async_events", "images"])
def test_a_stream_or_process_of_another_is_not_there(asked, tenants, view):
    """Also of the views that are kept per process."""
    for id_ in tenants["theirs"].values():
        with pytest.raises(LakeError, match=NOT_FOUND):
            asked.rows(f"SELECT * FROM view_instance('{view}', '{id_}')", principal=OURS)


@pytest.mark.parametrize("function", BY_TRACE)
def test_of_a_trace_the_spans_of_others_are_not_there(asked, tenants, function):
    """What their rows say stands in no answer."""
    query = f"SELECT * FROM {BY_TRACE[function].format(trace=TRACE)}"
    every, ours = (str(asked.rows(query, **how).to_dicts()) for how in ({}, {"principal": OURS}))
    assert "theirs" in every or tenants["theirs"]["process"] in every
    assert "ours" in ours
    assert "theirs" not in ours
    assert tenants["theirs"]["process"] not in ours


def test_the_files_of_everybody_are_told_to_nobody(asked, tenants):
    """A number of rows is one of everybody's rows."""
    with pytest.raises(LakeError, match="for readers of all"):
        asked.rows("SELECT * FROM list_partitions()", principal=OURS)


def test_payloads_of_others_are_not_there(asked, tenants):
    """As if the block had never arrived."""
    query = "SELECT get_payload('{process}', '{stream}', '{block}') AS bytes"
    own = query.format(**tenants["ours"])
    assert asked.rows(own, principal=OURS).item()
    with pytest.raises(LakeError, match=NOT_FOUND):
        asked.rows(query.format(**tenants["theirs"]), principal=OURS)


def test_queries_of_others_are_not_shown(asked, tenants):
    """Their text says what they look for; one's own are."""
    held_sql = "SELECT * FROM log_entries"
    held = asked.service.query(held_sql)
    try:
        seen = asked.rows("SELECT sql FROM system.queries", principal=OURS)
        assert seen["sql"].to_list() == ["SELECT sql FROM system.queries"]
        all_of_them = "SELECT sql FROM system.queries ORDER BY sql"
        until(lambda: asked.rows(all_of_them)["sql"].to_list() == [held_sql, all_of_them])
    finally:
        asked.service.cancel(held.query_id)
        with pytest.raises(Cancelled):
            list(held.batches)


def test_a_tail_that_goes_through_a_file_is_told_apart_too(asked, tenants, monkeypatch):
    """Also when the query names no column: the one that tells them apart is read all the same."""
    monkeypatch.setattr("query_engine.tables.tail.TAIL_VALUES_BYTES_MAX", -1)
    assert asked.rows("SELECT count(*) AS n FROM log_entries", principal=OURS).item() == 1
    assert asked.rows("SELECT msg FROM log_entries", principal=OURS)["msg"].to_list() == ["ours"]
