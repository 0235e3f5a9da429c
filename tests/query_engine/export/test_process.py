"""Traces of random processes, read back as a viewer does and compared event by event."""

from collections import Counter
from itertools import chain, pairwise
from random import Random

import polars as pl
import pytest
import xxhash

from query_engine.export import process, windows
from query_engine.export.chunks import Export
from query_engine.export.limits import ATTRIBUTES_MAX, CHUNK_BYTES, TEXT_CHARS_MAX, WINDOW_ROW_BYTES
from query_engine.export.process import log_plan
from query_engine.export.windows import Plan
from tests.query_engine.export.reading import drawn
from tests.query_engine.export.sources import NOON, PROCESS, bytes_of, frame_of, trace_of
from tests.query_engine.spans.trees import Span, nested, tangled


@pytest.mark.parametrize("rows_max", [1_000_000, 7])
@pytest.mark.parametrize("made", [nested, tangled])
@pytest.mark.parametrize("seed", range(12))
def test_every_span_is_one_slice(monkeypatch, seed, made, rows_max):
    """
    With its times, name, category, place and attributes, whatever the size of the pieces.
    """
    monkeypatch.setattr(windows.Plan.windows, "__defaults__", (rows_max,))
    random = Random(seed)
    threads, attributes, last = {}, {}, 0
    for thread in "ab":
        spans = made(random, random.randint(1, 60))
        threads[thread] = [
            Span(s.id + last, s.parent + last if s.parent else 0, s.begin, s.end, s.name)
            for s in spans
        ]
        last += 20_000
        attributes |= {one.id: {"k": f"v{one.id}"} for one in threads[thread] if one.id % 5 == 0}
    seen = drawn(bytes_of(trace_of(frame_of(threads, attributes))))
    assert seen.process == "/bin/shop"
    expected = Counter(
        (
            f"thread {thread}", one.name, NOON + one.begin, NOON + one.end,
            f"shop.{one.name}", "shop.py", ord(one.name), tuple(attributes.get(one.id, {}).items()),
        )
        for thread, spans in threads.items() for one in spans
    )  # fmt: skip
    assert expected == Counter(
        (
            slice_.track.split(" (")[0], slice_.names[-1], slice_.begin, slice_.end,
            slice_.category, slice_.file, slice_.line, slice_.attributes,
        )
        for slice_ in seen.slices
    )  # fmt: skip


def test_calls_are_drawn_below_their_callers():
    """
    Names from the outermost call on, also of calls that begin or end together.
    """
    spans = [Span(1, 0, 0, 100, "a"), Span(2, 1, 0, 50, "b"), Span(3, 2, 50, 50, "c")]
    spans.append(Span(4, 1, 50, 100, "b"))
    seen = drawn(bytes_of(trace_of(frame_of({"t": spans[:2] + spans[3:]}, {}))))
    assert sorted(slice_.names for slice_ in seen.slices) == [("a",), ("a", "b"), ("a", "b")]


def test_coroutines_are_drawn_beside_each_other_with_arrows():
    """
    The arrow leads from the parent's lane to where the child began.
    """
    spans = [Span(1, 0, 0, 100, "a"), Span(2, 1, 10, 60, "b"), Span(3, 1, 20, 90, "c")]
    seen = drawn(bytes_of(trace_of(frame_of({"t": spans}, {}))))
    lanes = {slice_.names[-1]: slice_.track for slice_ in seen.slices}
    assert lanes == {"a": "thread t", "b": "thread t", "c": "thread t (2)"}
    assert seen.flows == [(NOON + 20, NOON + 20)]
    assert seen.instants == [("thread t", NOON + 20, "starts", "")]


def test_threads_have_the_ids_of_the_reference():
    """
    xxh64 of process and stream, and the thread's own number (sql-functions 2.4).
    """
    seen = drawn(bytes_of(trace_of(frame_of({"t": [Span(1, 0, 0, 1, "a")]}, {}))))
    process, thread = seen.tracks.values()
    assert process.uuid == xxhash.xxh64_intdigest(PROCESS.encode())
    assert process.process.pid & 0xFFFF_FFFF == process.uuid & 0xFFFF_FFFF
    assert thread.parent_uuid == process.uuid
    assert (thread.thread.tid, thread.thread.thread_name) == (77, "thread t")
    assert thread.thread.pid == process.process.pid


def test_logs_are_instants_and_measures_are_counters():
    """
    Long messages are cut; every value is there.
    """
    logs = pl.LazyFrame(
        {
            "time": [NOON + 2, NOON + 1],
            "level": [4, 2],
            "target": ["shop", "shop.db"],
            "msg": ["hello", "x" * (TEXT_CHARS_MAX + 1)],
        }
    )
    measures = pl.DataFrame(
        {
            "time": [NOON + 3, NOON + 1, NOON + 2],
            "name": ["load", "load", "queue"],
            "unit": ["1", "1", None],
            "series": ["", "", "shop=a"],
            "value": [0.5, 0.25, 7.0],
        }
    )
    parts = {"logs": log_plan(logs), "measures": Plan.of(measures.lazy(), "time")}
    seen = drawn(bytes_of(trace_of(frame_of({}, {}), **parts)))
    first, second = seen.instants
    assert first == ("Logs", NOON + 1, "x" * (TEXT_CHARS_MAX - 1) + "…", "shop.db")
    assert second == ("Logs", NOON + 2, "hello", "shop")
    assert seen.values == {
        "load": [(NOON + 1, 0.25), (NOON + 3, 0.5)],
        "queue {shop=a}": [(NOON + 2, 7.0)],
    }


def test_each_series_of_a_metric_has_a_track(monkeypatch):
    """
    Values of two routes are no zigzag; beyond SERIES_MAX they share one.
    """
    monkeypatch.setattr(process, "SERIES_MAX", 2)
    routes = ["/a", "/b", "/a", "/c", "/d"]
    measures = pl.LazyFrame(
        {
            "time": [NOON + n for n in range(5)],
            "name": "requests",
            "unit": "1",
            "series": [f"route={route}" for route in routes],
            "value": [float(n) for n in range(5)],
        }
    )
    seen = drawn(bytes_of(trace_of(frame_of({}, {}), measures=Plan.of(measures, "time"))))
    assert seen.values == {
        "requests {route=/a}": [(NOON, 0.0), (NOON + 2, 2.0)],
        "requests {route=/b}": [(NOON + 1, 1.0)],
        "requests (others)": [(NOON + 3, 3.0), (NOON + 4, 4.0)],
    }


def test_what_is_known_of_a_span_is_shown_with_its_attributes():
    """
    Texts as they are, lists as JSON, and nothing of what is not said.
    """
    facts = [
        {"otel.status_code": "ERROR", "otel.status_description": None,
         "otel.events": [{"time": 5, "name": "retry"}]},
        None,
    ]  # fmt: skip
    spans = [Span(1, 0, 0, 9, "a"), Span(2, 1, 1, 2, "b")]
    rows = frame_of({"t": spans}, {1: {"k": "v"}}).with_columns(pl.Series("facts", facts))
    told = {one.names[-1]: one.attributes for one in drawn(bytes_of(trace_of(rows))).slices}
    assert told["a"] == (
        ("otel.status_code", "ERROR"),
        ("otel.events", '[{"time":5,"name":"retry"}]'),
        ("k", "v"),
    )
    assert told["b"] == ()


def test_windows_are_smaller_where_texts_are_long():
    """
    A window holds so many rows or so much text; a row is never cut in two.
    """
    long, short = "x" * (4 * WINDOW_ROW_BYTES), "y"
    logs = pl.LazyFrame(
        {
            "time": pl.Series(range(NOON, NOON + 60)).cast(pl.Datetime("ns", "UTC")),
            "level": 4,
            "target": "shop",
            "msg": [short] * 20 + [long] * 20 + [short] * 20,
        }
    )
    sizes = [window.height for window in log_plan(logs).windows(20)]
    assert sum(sizes) == 60
    assert max(sizes) <= 20
    assert sizes.count(4) >= 4


def test_an_event_shows_so_many_attributes():
    """
    The first ATTRIBUTES_MAX of them.
    """
    many = {f"k{n:03}": "v" for n in range(ATTRIBUTES_MAX + 10)}
    seen = drawn(bytes_of(trace_of(frame_of({"t": [Span(1, 0, 0, 1, "a")]}, {1: many}))))
    assert seen.slices[0].attributes == tuple(many.items())[:ATTRIBUTES_MAX]


def test_a_process_without_events_is_a_trace():
    """
    It shows the process and nothing else.
    """
    seen = drawn(bytes_of(trace_of(frame_of({}, {}))))
    assert (seen.process, seen.slices) == ("/bin/shop", [])


def test_chunks_have_the_size_that_they_should():
    """
    All but the last one.
    """
    spans = [Span(n, 0, n * 10, n * 10 + 5, "a") for n in range(1, 40_000)]
    chunks = list(Export(trace_of(frame_of({"t": spans}, {})), "perfetto").chunks())
    assert len(chunks) > 1
    assert all(CHUNK_BYTES <= len(one) < 2 * CHUNK_BYTES for one in chunks[:-1])
    assert len(drawn(b"".join(chunks)).slices) == len(spans)


@pytest.mark.parametrize("stray", [-(10**18), 10**18], ids=["early", "late"])
def test_a_stray_row_does_not_make_windows_larger(stray):
    """
    Years from all others: these are counted again, and each window keeps to its rows.
    """
    times = [NOON + 3 * n for n in range(1000)] + [NOON + stray]
    found = [w["begin"].sort().to_list() for w in Plan.of(frame(times), "begin").windows(20)]
    assert list(chain(*found)) == sorted(times)
    assert max(map(len, found)) <= 20
    assert len(found) < 3 * len(times) / 20


def frame(times: list[int]) -> pl.LazyFrame:
    """Return rows that begin then."""
    return pl.LazyFrame({"begin": times}, {"begin": pl.Int64})


def test_windows_hold_all_rows_once():
    """
    Also where many rows begin at one moment, which is a window however many they are.
    """
    times = [5] * 50 + list(range(100)) + [10**15]
    plan = Plan.of(pl.LazyFrame({"begin": times}), "begin")
    found = [window["begin"].sort().to_list() for window in plan.windows(20)]
    assert sorted(chain(*found)) == sorted(times)
    assert [one[0] for one in found] == sorted(one[0] for one in found)
    assert all(a[-1] < b[0] for a, b in pairwise(found))
