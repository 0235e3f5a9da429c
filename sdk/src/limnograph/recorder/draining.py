"""
Taking what was recorded and turning it into columns, on the flush thread.

Rule: rows are touched by whole-list operations (zip, map, array, join). The only Python code per
row formats deferred messages and turns properties into text.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter, sub
from typing import TYPE_CHECKING, Any

from limnograph.limits import OPEN_SPANS_LISTED_MAX
from limnograph.recorder.aggregates import changes
from limnograph.recorder.block import Batch, Block, Cursor, Source
from limnograph.recorder.open_spans import COROUTINE, OpenSpan
from limnograph.recorder.state import STATE, Buffer, ThreadState, ticks
from limnograph.recorder.texts import all_formatted, property_text
from limnograph.wire import build
from limnograph.wire.layout import Column

if TYPE_CHECKING:
    from limnograph.wire.container import Clock


class _Sites:
    """The site table of one block, growing as sites are met."""

    def __init__(self) -> None:
        self._number: dict[Any, int] = {}

    def column(self, sites: Sequence[Any]) -> Column:
        for site in dict.fromkeys(sites):
            self.number(site)
        return build.fixed("site", "uint32", map(self._number.__getitem__, sites))

    def number(self, site: Any) -> int:
        return self._number.setdefault(site, len(self._number))

    def table(self) -> list[dict[str, object]]:
        keys = ("name", "target", "file", "line", "unit")
        return [{key: getattr(site, key) for key in keys} for site in self._number]


_NONE: dict[str, Any] = {}

_SITE_CHAR_BYTES = 6
"""Bytes that one character of a site can take in the header, at most: JSON's ``\\u0000``."""

_Builder = Callable[[Source, Sequence[Any], int], Batch]


def drain(origin: "Clock") -> Iterator[Block]:
    """
    Take everything recorded so far.

    Args:
        origin: Which Unix time a tick is; the first time of each block counts from it.
    """
    for batch in _drained(origin.origin_ticks):
        yield batch.block(origin)


def settle(_cursor: Cursor) -> None:
    """Do nothing: no memory of this recorder outlives a crash."""


def _drained(origin_ticks: int) -> Iterator[Batch]:
    threads = list(STATE.threads)
    ended = [state for state in threads if state.ended]
    logs, metrics, traces, spans = [], [], [], []
    for state in threads:
        logs.append(STATE.take(state.log))
        metrics.append(STATE.take(state.metrics))
        traces.append(STATE.take(state.traces))
        spans.append((state, STATE.take(state.spans)))
    metrics.append(changes(ticks()))
    for state in threads:
        _tell(STATE.log_source, state.log)
        _tell(STATE.metrics_source, state.metrics)
        _tell(STATE.traces_source, state.traces)
        _tell(state.source, state.spans)
    with STATE.lock:
        STATE.threads = [state for state in STATE.threads if state not in ended]
    yield from _batches(STATE.log_source, _merged(logs), origin_ticks, _log)
    yield from _batches(STATE.metrics_source, _merged(metrics), origin_ticks, _metrics)
    yield from _batches(STATE.traces_source, _merged(traces), origin_ticks, _traces)
    for state, events in spans:
        yield from _batches(state.source, events, origin_ticks, _spans(state))


def _tell(source: Source, buffer: Buffer) -> None:
    """Move the drops of *buffer* since the last drain to its source."""
    dropped = buffer.dropped
    source.untold += dropped - buffer.reported
    STATE.dropped[source.kind] += dropped - buffer.reported
    buffer.reported = dropped


def _merged(parts: Sequence[list[Any]]) -> list[Any]:
    filled = [part for part in parts if part]
    if len(filled) == 1:
        return filled[0]
    events = list(chain.from_iterable(filled))
    events.sort(key=itemgetter(0))
    return events


def _batches(
    source: Source, events: list[Any], origin_ticks: int, builder: _Builder
) -> Iterator[Batch]:
    rows_max = STATE.limits.block_rows_max
    for at in range(0, len(events), rows_max):
        for batch in _cut(source, events[at : at + rows_max], origin_ticks, builder):
            dropped, source.untold = source.untold, 0
            yield batch._replace(dropped=dropped)


def _cut(
    source: Source, events: list[Any], origin_ticks: int, builder: _Builder
) -> Iterator[Batch]:
    """
    Yield one batch, or halves of it as long as its columns are too large.

    Halves, too, where columns cannot be built: one event that should not have been let in costs
    itself and no other.
    """
    try:
        batch = builder(source, events, origin_ticks)
    except Exception:
        if len(events) == 1:
            STATE.failures += 1
            STATE.dropped[source.kind] += 1
            source.untold += 1
            return
        yield from _halves(source, events, origin_ticks, builder)
        return
    size = sum(memoryview(buffer).nbytes for column in batch.columns for buffer in column.buffers)
    size += _SITE_CHAR_BYTES * sum(map(_site_chars, batch.sites))
    if size <= STATE.limits.block_bytes_max or len(events) == 1:
        yield batch
        return
    yield from _halves(source, events, origin_ticks, builder)


def _site_chars(site: dict[str, object]) -> int:
    return sum(len(text) for text in site.values() if isinstance(text, str))


def _halves(
    source: Source, events: list[Any], origin_ticks: int, builder: _Builder
) -> Iterator[Batch]:
    half = len(events) // 2
    yield from _cut(source, events[:half], origin_ticks, builder)
    yield from _cut(source, events[half:], origin_ticks, builder)


def _differences(times: Sequence[int], origin_ticks: int) -> Iterator[int]:
    return map(sub, times, chain((origin_ticks,), times))


def _properties(rows: Sequence[dict[str, Any] | None], span_ids: Sequence[int]) -> list[Column]:
    if any(span_ids):
        filled = [
            {"span_id": span_id, **(row or _NONE)} if span_id else row or _NONE
            for row, span_id in zip(rows, span_ids, strict=True)
        ]
    elif any(rows):
        filled = [row or _NONE for row in rows]
    else:
        return []
    keys = list(chain.from_iterable(filled))
    values = list(chain.from_iterable(map(dict.values, filled)))
    texts = [value if type(value) is str else property_text(value) for value in values]
    return [build.entries("properties", map(len, filled), keys, texts)]


def _log(source: Source, events: Sequence[Any], origin_ticks: int) -> Batch:
    times, sites, levels, msgs, args, properties, span_ids = zip(*events, strict=True)
    table = _Sites()
    columns = [
        build.fixed("time", "int64", _differences(times, origin_ticks)),
        table.column(sites),
        build.fixed("level", "uint8", levels),
        build.utf8("msg", all_formatted(msgs, args)),
        *_properties(properties, span_ids),
    ]
    return Batch(source, len(events), columns, table.table(), min(times), max(times))


def _metrics(source: Source, events: Sequence[Any], origin_ticks: int) -> Batch:
    times, sites, values, properties = zip(*events, strict=True)
    table = _Sites()
    columns = [
        build.fixed("time", "int64", _differences(times, origin_ticks)),
        table.column(sites),
        build.fixed("value", "float64", values),
        *_properties(properties, (0,) * len(events)),
    ]
    return Batch(source, len(events), columns, table.table(), min(times), max(times))


def _spans(state: ThreadState) -> _Builder:
    def builder(source: Source, events: Sequence[Any], origin_ticks: int) -> Batch:
        table = _Sites()
        batch = _spanning(source, events, origin_ticks, table, "depth")
        opened = _open_spans(list(state.open.values()), table)
        return batch._replace(sites=table.table(), open_spans=opened)

    return builder


def _traces(source: Source, events: Sequence[Any], origin_ticks: int) -> Batch:
    return _spanning(source, events, origin_ticks, _Sites(), "thread")


def _spanning(
    source: Source, events: Sequence[Any], origin_ticks: int, table: _Sites, fifth: str
) -> Batch:
    begins, ends, ids, parents, fifths, sites, status, properties = zip(*events, strict=True)
    columns = [
        build.fixed("begin", "int64", _differences(begins, origin_ticks)),
        build.fixed("duration", "int64", map(sub, ends, begins)),
        build.fixed("id", "int64", ids),
        build.fixed("parent", "int64", parents),
        build.fixed(fifth, "uint32", fifths),
        table.column(sites),
        build.fixed("status", "uint8", [one & ~COROUTINE for one in status]),
        *_properties(properties, (0,) * len(events)),
    ]
    if any(one & COROUTINE for one in status):
        marks = [one // COROUTINE for one in status]
        columns.append(build.fixed("coroutine", "uint8", marks))
    return Batch(source, len(events), columns, table.table(), min(begins), max(ends))


def _open_spans(opened: Sequence[OpenSpan], table: _Sites) -> list[dict[str, int]]:
    return [
        {
            "id": span.id,
            "parent": span.parent,
            "depth": span.depth,
            "site": table.number(span.site),
            "begin_ticks": span.begin,
        }
        for span in opened[:OPEN_SPANS_LISTED_MAX]
    ]
