"""Whole traces: processes side by side, and arrows where one called another."""

from dataclasses import replace

import polars as pl
import pytest

from assets.errors import NotFound
from query_engine.errors import ExportTooLarge
from query_engine.export import trace
from query_engine.export.chunks import Export
from query_engine.export.ids import uuid_of
from query_engine.export.parts import Instants
from query_engine.export.process import log_track
from query_engine.export.trace import TraceSource
from query_engine.export.windows import Plan
from tests.query_engine.export.chrome_reading import drawn_of_chrome
from tests.query_engine.export.reading import Drawn, drawn
from tests.query_engine.export.sources import NOON, SPANS
from tests.query_engine.export.speedscope_reading import slices_of_speedscope

WEB, SHOP = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
Rows = list[tuple[str, int, int, int, int | None, str]]


def source_of(rows: Rows) -> TraceSource:
    """Return a trace of (process, id, parent, begin, end, name)."""
    made = [
        {
            "process_id": process, "exe": f"/bin/{process[0]}", "id": id_, "parent": parent,
            "begin": NOON + begin, "end": None if end is None else NOON + end, "name": name,
        }
        for process, id_, parent, begin, end, name in rows
    ]  # fmt: skip
    schema = {"process_id": pl.String(), "exe": pl.String(), **SPANS}
    del schema["stream_id"]
    frame = pl.DataFrame(made, schema=schema)
    logs = pl.LazyFrame(
        {"process_id": [SHOP], "time": [NOON + 25], "level": [4], "target": [""], "msg": ["paid"]},
        {"process_id": pl.String, "time": pl.Int64, "level": pl.Int32, "target": pl.String,
         "msg": pl.String},
    )  # fmt: skip
    return TraceSource("00", Plan.of(frame.lazy(), "begin", "end"), Plan.of(logs, "time"))


def written(source: TraceSource, form: str = "perfetto") -> bytes:
    """Return the file."""
    return b"".join(Export(source, form).chunks())


def seen_in(rows: Rows) -> Drawn:
    """Return what the two formats that have arrows show, which is the same."""
    seen, chrome = (
        drawn(written(source_of(rows))),
        drawn_of_chrome(written(source_of(rows), "chrome")),
    )
    assert sorted(chrome.flows) == sorted(seen.flows)
    assert chrome.processes == seen.processes
    return seen


CALL: Rows = [(WEB, 1, 0, 0, 100, "GET"), (SHOP, 2, 1, 20, 80, "pay"), (SHOP, 3, 2, 30, 40, "sql")]


def test_an_arrow_leads_from_the_caller_to_the_other_process():
    """
    From the moment at which the child began; within a process nothing is drawn.
    """
    seen = seen_in(CALL)
    assert seen.processes == ["/bin/1", "/bin/9"]
    assert seen.flows == [(NOON + 20, NOON + 20)]
    assert {one.names for one in seen.slices} == {("GET",), ("pay",), ("pay", "sql")}
    assert ("Logs", NOON + 25, "paid", "") in seen.instants


@pytest.mark.parametrize(
    ("begin", "leaves"), [(20, 20), (150, 100), (-10, -10)], ids=["within", "after", "before"]
)
def test_clocks_that_differ_make_no_arrow_that_goes_back(begin, leaves):
    """
    It begins before it arrives, and where it can on the caller.
    """
    seen = seen_in([(WEB, 1, 0, 0, 100, "GET"), (SHOP, 2, 1, begin, 200, "pay")])
    assert seen.flows == [(NOON + leaves, NOON + begin)]


def test_an_id_that_came_twice_is_drawn_twice_with_one_arrow():
    """
    Nothing of it makes the file wrong.
    """
    seen = seen_in([*CALL, (SHOP, 2, 1, 25, 70, "pay")])
    assert len(seen.flows) == 1
    assert len(seen.slices) == 4


def test_an_open_span_ends_with_the_trace_and_says_so():
    """
    Its end is not known yet.
    """
    seen = seen_in([*CALL, (SHOP, 4, 1, 50, None, "slow")])
    (slow,) = [one for one in seen.slices if one.names[-1] == "slow"]
    assert (slow.end, slow.attributes) == (NOON + 100, (("open", "True"),))


def test_profiles_say_whose_they_are():
    """
    Speedscope has one list of them.
    """
    slices, _ = slices_of_speedscope(written(source_of(CALL), "speedscope"))
    assert {one.track for one in slices} == {"/bin/1: Async Operations", "/bin/9: Async Operations"}


def test_logs_are_read_by_windows_of_time(monkeypatch):
    """
    However many a trace has: a process gets its track with its first record, and keeps it.
    """
    monkeypatch.setattr(Plan.windows, "__defaults__", (3,))
    told = [(pid, NOON + n, 4, "", f"{pid[0]} {n}") for n in range(10) for pid in (WEB, SHOP)]
    columns = {"process_id": pl.String, "time": pl.Int64, "level": pl.Int32, "target": pl.String,
               "msg": pl.String}  # fmt: skip
    logs = pl.LazyFrame(told, columns, orient="row")
    source = replace(source_of(CALL), logs=Plan.of(logs, "time"))
    parts = list(source.parts(source.extent()))
    seen = [part for part in parts if isinstance(part, Instants)]
    assert max(part.rows.height for part in seen) <= 3
    for pid in (WEB, SHOP):
        track = log_track(uuid_of(pid))
        messages = [msg for part in seen if part.track == track.uuid for msg in part.rows["msg"]]
        assert messages == [f"{pid[0]} {n}" for n in range(10)]
        assert parts.count(track) == 1


def test_nothing_and_too_much_are_refused(monkeypatch):
    """
    Before anything is written.
    """
    with pytest.raises(NotFound):
        written(source_of([]))
    monkeypatch.setattr(trace, "TRACE_SPANS_MAX", 2)
    with pytest.raises(ExportTooLarge, match="3 spans"):
        written(source_of(CALL))


def test_spans_without_a_readable_id_cause_nothing():
    """
    0 is no id: spans without a parent are not theirs.
    """
    seen = seen_in([(WEB, 0, 0, 0, 100, "odd"), (SHOP, 2, 0, 20, 80, "pay")])
    assert seen.flows == []
