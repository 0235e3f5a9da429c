"""
What the row of a trace span says of itself among its properties, before its attributes.

A block of trace spans has columns for what all spans have; these keys carry the rest, and a reader
takes them out again (docs/formats/limnograph-v1.md). The recorder in C knows the first three, for
spans that a crash has ended.
"""

OWN_PREFIX = "limnograph."

TRACE_ID = "limnograph.trace_id"
SPAN_ID = "limnograph.span_id"
PARENT_SPAN_ID = "limnograph.parent_span_id"
STATUS_MESSAGE = "limnograph.status_message"
EVENTS = "limnograph.events"
"""JSON: ``[{"after_ns": 12, "name": "...", "attributes": [{"key": "...", "value": "..."}]}]``."""
LINKS = "limnograph.links"
"""JSON: ``[{"trace_id", "span_id", "trace_state", "attributes"}]``, attributes as above."""

LOG_TRACE_ID, LOG_SPAN_ID = "otel.trace_id", "otel.span_id"
"""What logs and metrics recorded in a trace have, as those that came over OTLP."""

UNSET, OK, ERROR = range(3)
