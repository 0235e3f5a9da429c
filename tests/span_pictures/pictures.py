"""The pictures of docs/spans.md, each from the answer to a question about the demo shops."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from tests.app.spans_page import questions
from tests.query_engine.export.reading import drawn
from tests.span_pictures import flame_graph, tables, timeline
from tests.span_pictures.platform import Shown
from tests.span_pictures.timeline import Bar, Lane
from tests.span_pictures.times import AROUND_NS, rfc3339

ROOT = Path(__file__).resolve().parents[2]
DIFFERENCES = 9


def flame(shown: Shown) -> str:
    """All that the shop ran while its slowest request did."""
    return flame_graph.draw(
        shown.ask(f"SELECT * FROM flame('{shown.process_id}', {_period(shown)})")
    )


def process_spans(shown: Shown) -> str:
    """What each thread ran in that time: one counts the shelves, others wait for it."""
    begin, end = shown.begin - AROUND_NS, shown.end + AROUND_NS
    spans = shown.ask(
        "SELECT thread_name, name, depth, CAST(begin AS BIGINT) AS begin,"
        f" CAST(\"end\" AS BIGINT) AS \"end\" FROM process_spans('{shown.process_id}', 'both')"
        f' WHERE "end" >= {_time(begin)} AND begin <= {_time(end)} ORDER BY thread_name, begin'
    )
    lanes = [
        Lane(str(name), [_bar(row, int(str(rows["depth"].min()))) for row in rows.rows(named=True)])
        for (name,), rows in spans.group_by("thread_name", maintain_order=True)
    ]
    return timeline.draw(lanes, begin, end)


def span_diff(shown: Shown) -> str:
    """The shop before and after its cause is mended, by call path."""
    (sql, *_) = questions("What became slower")
    sql = sql.replace("<process_before>", shown.mended_id)
    found = shown.ask(sql.replace("<process_after>", shown.process_id)).head(DIFFERENCES)
    times = ("mean_a", "mean_b", "self_change")
    return tables.draw(found, lengths=times, bars=("self_change",))


def trace_spans(shown: Shown) -> str:
    """An order through three services, as a tree."""
    return tables.draw(shown.ask(_tree(0, shown.order_id)), lengths=("duration",))


def critical_path(shown: Shown) -> str:
    """The same order over time; red is what its end was waiting for."""
    waited = defaultdict(list)
    for span_id, begin, end in shown.lake.query(
        'SELECT span_id, CAST(begin AS BIGINT), CAST("end" AS BIGINT)'
        f" FROM critical_path('{shown.order_id}')"
    ).rows():
        waited[span_id].append((begin, end))
    spans = shown.ask(
        "SELECT span_id, depth, exe, name, CAST(start_time AS BIGINT) AS begin,"
        f" CAST(end_time AS BIGINT) AS \"end\" FROM trace_spans('{shown.order_id}') ORDER BY row"
    ).rows(named=True)
    lanes = [
        Lane(
            "  " * row["depth"] + row["exe"].rpartition("/")[2],
            [Bar(row["begin"], row["end"], row["name"], 0, tuple(waited[row["span_id"]]))],
        )
        for row in spans
    ]
    return timeline.draw(lanes, spans[0]["begin"], max(row["end"] for row in spans))


def trace_bundle(shown: Shown) -> str:
    """The slow request with what it logged and measured."""
    bundle = shown.ask(_tree(1, shown.trace_id))
    here = pl.col("exe").str.strip_prefix(f"{ROOT}/")
    return tables.draw(bundle.with_columns(here))


def perfetto(shown: Shown) -> str:
    """The file of perfetto_trace_chunks, read with the decoder that Perfetto publishes."""
    begin, end = shown.begin - AROUND_NS, shown.end + AROUND_NS
    seen = drawn(
        shown.get(f"/api/perfetto/{shown.process_id}?begin={rfc3339(begin)}&end={rfc3339(end)}")
    )
    lanes: dict[str, list[Bar]] = defaultdict(list)
    for one in sorted(seen.slices, key=lambda one: (one.track, one.begin)):
        lanes[one.track].append(Bar(one.begin, one.end, one.names[-1], len(one.names) - 1))
    made = [Lane(track, bars) for track, bars in sorted(lanes.items())]
    moments: dict[str, list[int]] = defaultdict(list)
    for track, moment, _, _ in seen.instants:
        moments[track].append(moment)
    made += [Lane(track, moments=found) for track, found in sorted(moments.items())]
    made += [
        Lane(track, values=values)
        for track, values in sorted(seen.values.items())
        if "request" in track
    ]
    return timeline.draw(made, begin, end)


DRAWN = (flame, process_spans, span_diff, trace_spans, critical_path, trace_bundle, perfetto)
PICTURES: Mapping[str, Callable[[Shown], str]] = {draw.__name__: draw for draw in DRAWN}


def _tree(number: int, trace_id: str) -> str:
    return questions("A trace: its tree and its critical path", trace_id=trace_id)[number]


def _bar(row: dict[str, object], outermost: int) -> Bar:
    begin, end, depth = (int(str(row[name])) for name in ("begin", "end", "depth"))
    return Bar(begin, end, str(row["name"]), depth - outermost)


def _period(shown: Shown) -> str:
    return f"'{rfc3339(shown.begin)}', '{rfc3339(shown.end)}'"


def _time(ns: int) -> str:
    return f"TIMESTAMP '{rfc3339(ns)}'"
