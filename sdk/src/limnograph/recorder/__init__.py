"""
What records events on the application's threads, behind a seam.

A recorder owns the call sites, the per-thread buffers, the span ids, the current span and the
counts of what it had to drop. It knows nothing of processes, streams, blocks or the network. An
implementation offers these names. There are two, which behave the same: ``limnograph._recorder``,
in C, and this package's modules, in plain Python, for where there is no C; ``NATIVE`` says which.

* ``Log``, ``Metric``, ``Counter``, ``Gauge``, ``Span``: the classes whose methods run on the hot
  path; ``LOG`` is the one ``Log``; ``metric(name, unit)``, ``counter(name, unit)``,
  ``gauge(name, unit)`` and ``span(name)`` return the site of their caller.
* ``watch(code, span)``: each run of a code object that knows nothing of it is a use of *span*
  (CPython 3.12; returns whether it will be); ``unwatch(code)``; ``CAN_WATCH``. A span's
  ``shortest_ns``: uses that end sooner are not recorded.
* ``record_foreign(level, location, msg, args, properties)``: an event of another logging library.
* ``record_foreign_span(site, begin_ns, end_ns, ...)``: a finished span of another tracing library,
  with an id from ``reserve_span_id()`` where others name it before it is over; ``record_span``.
* ``Remote(trace)``: what is opened until its ``leave()`` is part of a trace of another process;
  ``current_trace()``: where the running thread or task stands; ``current_span()``: id and depth of
  the span it is in, (0, -1) without one.
* ``TraceLevel(span, place, parent_span_id)``: an open trace span; what is recorded until its
  ``finish(span, status, properties)`` is part of it, logs and metrics carry its ids.
  ``trace_place()``: the innermost place in a trace that is known. ``is_active()``, whether anything
  is recorded; ``count_failure()``, of who records something for the recorder.
* ``start(level, limits, on_grant, directory)``: begin to record. ``on_grant(urgent)`` is called on
  the recording thread, rarely (when a thread first records, then each ``EVENTS_GRANT`` events),
  ``urgent`` when half of the room is taken. *directory*, if any, is for memory that a later process
  may read after a crash. ``set_level(level)``; ``stop()``: record nothing more.
* ``Source``: where a block's events come from; ``stream`` is for whoever sends its blocks.
* ``drain(origin: Clock)``: take everything recorded so far, as finished ``Block``s, kind by kind.
  Called by one thread at a time, never by two; recording goes on meanwhile. ``settle(cursor)``: the
  block with this cursor is where a crash cannot harm it.
* ``wait(timeout_s)``: until it is time to drain because someone called ``hurry()``.
* ``ticks()``: the clock of the events, ``TICKS_PER_SECOND`` a second.
* ``after_fork()``: in the child, forget everything that the parent recorded.
* ``dropped()``: events dropped for want of room, by kind. ``failures()``: how many events were lost
  to errors of the recorder itself. ``waiting()``: events not yet drained; ``threads()`` that have
  buffers; ``log_sites()``: places of log calls remembered.
"""

from typing import TYPE_CHECKING

from limnograph.recorder.block import Batch, Block, Cursor, Source
from limnograph.recorder.choice import NATIVE

if NATIVE and not TYPE_CHECKING:
    from limnograph.recorder.native import (
        LOG,
        TICKS_PER_SECOND,
        Counter,
        Gauge,
        Log,
        Metric,
        after_fork,
        counter,
        drain,
        dropped,
        failures,
        gauge,
        hurry,
        log_sites,
        metric,
        record_foreign,
        set_level,
        settle,
        start,
        stop,
        threads,
        ticks,
        wait,
        waiting,
    )
    from limnograph.recorder.native_spans import (
        CAN_WATCH,
        OpenSpan,
        Remote,
        Span,
        TraceLevel,
        count_failure,
        current_span,
        current_trace,
        is_active,
        record_foreign_span,
        record_span,
        reserve_span_id,
        span,
        trace_place,
    )
    from limnograph.recorder.watching import unwatch, watch

else:
    from limnograph.recorder.counters import Counter, counter
    from limnograph.recorder.draining import drain, settle
    from limnograph.recorder.gauges import Gauge, gauge
    from limnograph.recorder.logs import LOG, Log, record_foreign
    from limnograph.recorder.metrics import Metric, metric
    from limnograph.recorder.open_spans import (
        OpenSpan,
        Remote,
        current_span,
        current_trace,
        trace_place,
    )
    from limnograph.recorder.sites import log_sites
    from limnograph.recorder.spans import (
        Span,
        count_failure,
        is_active,
        record_foreign_span,
        record_span,
        reserve_span_id,
        span,
    )
    from limnograph.recorder.state import (
        TICKS_PER_SECOND,
        after_fork,
        dropped,
        failures,
        set_level,
        start,
        stop,
        threads,
        ticks,
        waiting,
    )
    from limnograph.recorder.trace_levels import TraceLevel
    from limnograph.recorder.urgency import hurry, wait
    from limnograph.recorder.watched_runs import RUNS
    from limnograph.recorder.watching import CAN_WATCH, unwatch, use, watch

    use(RUNS)

__all__ = [
    "CAN_WATCH",
    "LOG",
    "NATIVE",
    "TICKS_PER_SECOND",
    "Batch",
    "Block",
    "Counter",
    "Cursor",
    "Gauge",
    "Log",
    "Metric",
    "OpenSpan",
    "Remote",
    "Source",
    "Span",
    "TraceLevel",
    "after_fork",
    "count_failure",
    "counter",
    "current_span",
    "current_trace",
    "drain",
    "dropped",
    "failures",
    "gauge",
    "hurry",
    "is_active",
    "log_sites",
    "metric",
    "record_foreign",
    "record_foreign_span",
    "record_span",
    "reserve_span_id",
    "set_level",
    "settle",
    "span",
    "start",
    "stop",
    "threads",
    "ticks",
    "trace_place",
    "unwatch",
    "wait",
    "waiting",
    "watch",
]
