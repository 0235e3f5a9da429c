"""
Summaries of OpenTelemetry 0.7, the older output format of metric streams, as those of 1.0.

Of what CloudWatch sends they differ in one thing: labels of a point, which are texts, became
attributes, which are values.
"""

from assets.otlp_wire.values import Bounds, key_and_value
from assets.otlp_wire.wire import BYTES, Payload
from ingest_api.otlp import write

_TO_POINTS = (1, 2, 2, 11, 1)
"""Fields from a request to the points of summaries: resource, library, metric, summary, point."""

_LABELS, _ATTRIBUTES = 1, 7


class OldForm(Exception):
    """A summary has labels: it is of OpenTelemetry 0.7."""


def upgraded(payload: Payload, bounds: Bounds, way: tuple[int, ...] = _TO_POINTS) -> bytes:
    """
    Return a message with attributes in the place of labels.

    Raises:
        Malformed: It breaks the wire format.
    """
    parts = []
    for field in payload.fields(*bounds):
        data = payload.data[field.at : field.end]
        if field.number == (way[0] if way else _LABELS):
            field.check(BYTES)
            inner = field.start, field.end
            if way:
                data = write.with_length(field.number, upgraded(payload, inner, way[1:]))
            else:
                key, value = (payload.data[slice(*part)] for part in key_and_value(payload, inner))
                pair = write.with_length(1, key) + write.with_length(2, write.with_length(1, value))
                data = write.with_length(_ATTRIBUTES, pair)
        parts.append(data)
    return b"".join(parts)
