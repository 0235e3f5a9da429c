"""
OpenTelemetry into the lake: whatever its instrumentations record, at our cost of transport.

    limnograph.integrations.opentelemetry.instrument()

gives the process's tracer and logger providers our processors and the meter provider our reader,
and makes those that are not there yet. Or put ``SpanProcessor``, ``LogRecordProcessor`` and
``MetricReader`` into providers of your own.

Spans stand in ``thread_spans`` with their parents, as ours do, besides the W3C ids; attributes,
events, links and status are properties. There is no exporter, no queue and no batch in between.
A span of OpenTelemetry that begins inside one of ours is part of it and of its trace.
"""

import atexit
import json
import os
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from opentelemetry import _logs, context, metrics, trace
from opentelemetry.sdk import _logs as sdk_logs
from opentelemetry.sdk import trace as sdk_trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from limnograph import faults
from limnograph.integrations.opentelemetry_metrics import MetricReader
from limnograph.integrations.operation import recording
from limnograph.limits import OPEN_SPANS_MAX
from limnograph.recorder import (
    current_span,
    current_trace,
    record_foreign,
    record_foreign_span,
    reserve_span_id,
)
from limnograph.recorder.levels import DEBUG, ERROR, FATAL, INFO, TRACE, WARNING
from limnograph.recorder.texts import text_of
from limnograph.recorder.traces import TraceContext
from limnograph.trace_span import Foreign

__all__ = [
    "IdGenerator",
    "LogRecordProcessor",
    "MetricReader",
    "SpanProcessor",
    "instrument",
    "uninstrument",
]

_SEVERITIES = ((21, FATAL), (17, ERROR), (13, WARNING), (9, INFO), (5, DEBUG), (1, TRACE))


_KINDS = {kind: kind.name.lower() for kind in trace.SpanKind}


class _Entry(NamedTuple):
    """What an open span of OpenTelemetry is for us: its id here, its parent's, how deep it is."""

    number: int
    parent: int
    depth: int


_OPEN: dict[int, _Entry] = {}
"""
The spans that are open, by W3C span id, at most OPEN_SPANS_MAX.

Each use is one operation of the interpreter: a lock could be held by nobody in a forked child.
"""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_OPEN.clear)


class SpanProcessor(sdk_trace.SpanProcessor):
    """Records every span when it ends: ``provider.add_span_processor(SpanProcessor())``."""

    on = True

    def on_start(
        self,
        span: sdk_trace.Span,
        parent_context: context.Context | None = None,  # noqa: ARG002 - the interface
    ) -> None:
        """Give the span an id of ours, so that spans inside it can name it as their parent."""
        if self.on and recording():
            _started(span)

    def on_end(self, span: sdk_trace.ReadableSpan) -> None:
        """Record one finished span."""
        if self.on and recording():
            _ended(span)


@faults.guarded
def _started(span: sdk_trace.Span) -> None:
    own, parent = span.get_span_context(), span.parent
    if own is None or len(_OPEN) >= OPEN_SPANS_MAX:
        return
    outer = _OPEN.get(parent.span_id) if parent else None
    outer_number, depth = (outer.number, outer.depth) if outer else _NO_PARENT
    if parent is None:
        outer_number, depth = current_span()
    _OPEN[own.span_id] = _Entry(reserve_span_id(), outer_number, depth + 1)


@faults.guarded
def _ended(span: sdk_trace.ReadableSpan) -> None:
    own, parent = span.get_span_context(), span.parent
    if own is None or span.start_time is None or span.end_time is None:
        return
    entry = _OPEN.pop(own.span_id, _UNKNOWN)
    scope = span.instrumentation_scope
    record_foreign_span(
        (span.name, scope.name if scope else ""),
        span.start_time,
        span.end_time,
        failed=span.status.status_code is trace.StatusCode.ERROR,
        parent=entry.parent,
        depth=entry.depth,
        own_id=entry.number,
        properties=_span_properties(span, own, parent),
    )


_UNKNOWN = _Entry(0, 0, 0)
_NO_PARENT = 0, -1


def _span_properties(
    span: sdk_trace.ReadableSpan, own: trace.SpanContext, parent: trace.SpanContext | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "trace_id": trace.format_trace_id(own.trace_id),
        "span_id": trace.format_span_id(own.span_id),
        "span.kind": _KINDS[span.kind],
    }
    if parent is not None:
        found["parent_span_id"] = trace.format_span_id(parent.span_id)
    if own.trace_state:
        found["tracestate"] = own.trace_state.to_header()
    if span.status.description:
        found["otel.status_description"] = span.status.description
    found.update(plain(span.attributes))
    for event in span.events:
        if event.name == "exception":
            found.update(plain(event.attributes))
    if span.events:
        found["events"] = _json(
            [
                {"name": one.name, "time_ns": one.timestamp, "attributes": plain(one.attributes)}
                for one in span.events
            ]
        )
    if span.links:
        found["links"] = _json(
            [
                {
                    "trace_id": trace.format_trace_id(one.context.trace_id),
                    "span_id": trace.format_span_id(one.context.span_id),
                    "attributes": plain(one.attributes),
                }
                for one in span.links
            ]
        )
    return found


class IdGenerator(RandomIdGenerator):
    """
    Lets a trace that begins inside one of our spans be of that span's trace.

    For a provider of your own: ``TracerProvider(id_generator=IdGenerator())``.
    """

    def generate_trace_id(self) -> int:
        """Return the id of the trace that is current here, else a random one."""
        found = _current_trace_id() if recording() else None
        return found or super().generate_trace_id()


@faults.guarded
def _current_trace_id() -> int | None:
    found = current_trace()
    return int(found.trace_id, 16) if found else None


class LogRecordProcessor(sdk_logs.LogRecordProcessor):
    """Records every log: ``provider.add_log_record_processor(LogRecordProcessor())``."""

    on = True

    def on_emit(self, log_record: sdk_logs.ReadWriteLogRecord) -> None:
        """Record one log entry."""
        if self.on and recording():
            _emitted(log_record)

    def shutdown(self) -> None:
        """Do nothing: the SDK has what was emitted."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:  # noqa: ARG002 - the interface
        """Do nothing: ``limnograph.flush`` sends."""
        return True


@faults.guarded
def _emitted(emitted: sdk_logs.ReadWriteLogRecord) -> None:
    record, scope = emitted.log_record, emitted.instrumentation_scope
    properties = plain(record.attributes)
    if record.event_name:
        properties["event.name"] = record.event_name
    if record.trace_id:
        properties["trace_id"] = trace.format_trace_id(record.trace_id)
    if record.span_id:
        entry = _OPEN.get(record.span_id)
        properties["span_id"] = entry.number if entry else trace.format_span_id(record.span_id)
    file = text_of(properties.pop("code.file.path", ""))
    line = properties.pop("code.line.number", 0)
    severity = record.severity_number.value if record.severity_number else 0
    level = next((ours for least, ours in _SEVERITIES if severity >= least), INFO)
    body = record.body
    record_foreign(
        level,
        (file, line if isinstance(line, int) else 0, scope.name if scope else ""),
        body if isinstance(body, str) else _json(body),
        (),
        properties,
    )


class _Installed:
    """What ``instrument`` has put into the process's providers."""

    lock = threading.Lock()
    spans: SpanProcessor | None = None
    logs: LogRecordProcessor | None = None
    reader: MetricReader | None = None


def instrument() -> None:
    """
    Record what is instrumented with OpenTelemetry in this process.

    Providers that the application has set get our processors and reader besides their own;
    those that are missing are made. Call it after ``limnograph.init``, so that what is measured
    last goes out before the SDK ends.
    """
    with _Installed.lock:
        if _Installed.spans is None or _Installed.logs is None:
            _Installed.spans, _Installed.logs = SpanProcessor(), LogRecordProcessor()
            _tracer_provider().add_span_processor(_Installed.spans)
            _logger_provider().add_log_record_processor(_Installed.logs)
        _Installed.spans.on = _Installed.logs.on = True
        Foreign.current = _current_place
        if _Installed.reader is None:
            _Installed.reader = MetricReader()
            _provide(_Installed.reader)
        _Installed.reader.turn(on=True)


def _current_place() -> TraceContext | None:
    """Return where OpenTelemetry's current span stands: trace spans that begin inside are its."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return TraceContext(
        trace.format_trace_id(found.trace_id),
        trace.format_span_id(found.span_id),
        found.trace_flags.sampled,
        found.trace_state.to_header() if found.trace_state else "",
    )


def uninstrument() -> None:
    """
    Record nothing more of it.

    OpenTelemetry can neither remove processors nor unset providers: ours stay in their places and
    do nothing.
    """
    with _Installed.lock:
        if _Installed.spans is not None and _Installed.logs is not None:
            _Installed.spans.on = _Installed.logs.on = False
        Foreign.current = None
        if _Installed.reader is not None:
            _Installed.reader.turn(on=False)
        _OPEN.clear()


def _tracer_provider() -> sdk_trace.TracerProvider:
    found = trace.get_tracer_provider()
    if not isinstance(found, sdk_trace.TracerProvider):
        found = sdk_trace.TracerProvider(id_generator=IdGenerator())
        trace.set_tracer_provider(found)
    return found


def _logger_provider() -> sdk_logs.LoggerProvider:
    found = _logs.get_logger_provider()
    if not isinstance(found, sdk_logs.LoggerProvider):
        found = sdk_logs.LoggerProvider()
        _logs.set_logger_provider(found)
    return found


def _provide(reader: MetricReader) -> None:
    """Let *reader* read the meters; ``force_flush`` reaches it in a provider made here."""
    found = metrics.get_meter_provider()
    if isinstance(found, MeterProvider):
        found.add_metric_reader(reader)
        atexit.register(reader.shutdown)  # providers forget readers added later
    else:
        metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))


def plain(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return *attributes* as properties: sequences and mappings as JSON."""
    copy = getattr(attributes, "copy", None)  # one step where OpenTelemetry's own mapping offers it
    found: dict[str, Any] = copy() if copy is not None else dict(attributes or {})
    for key, value in found.items():
        if type(value) not in _PLAIN and not isinstance(value, str | int | float):
            found[key] = _json(value)
    return found


_PLAIN = frozenset({str, int, float, bool})


def _json(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=_jsonable)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value.hex() if isinstance(value, bytes) else text_of(value)
