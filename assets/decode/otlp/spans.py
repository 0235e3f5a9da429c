"""Decode `otlp/v1/traces` blocks into spans."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.columns import Columns
from assets.decode.rows import EVENTS, LINKS
from assets.storage.metadata.records import BlockRef

_KINDS = dict(enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")))
_STATUSES = dict(enumerate(("UNSET", "OK", "ERROR")))


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per span, in the order of the message (schema ``OTEL_SPAN_ROWS``).

    Ids are hex, whatever their length is; a span without an end ends when it starts.

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("spans", payload, block)
    start = columns.times("start")
    end = columns.times("end", otherwise=start)
    return pl.DataFrame(
        {
            "trace_id": columns["trace_id"],
            "span_id": columns["span_id"],
            "parent_span_id": columns.texts_or_null("parent_span_id"),
            "start_time": start,
            "end_time": end,
            "duration": end.cast(pl.Int64) - start.cast(pl.Int64),
            "name": columns["name"],
            "kind": _named(columns["kind"], _KINDS),
            "status": _named(columns["status"], _STATUSES),
            "status_message": columns.texts_or_null("status_message"),
            "target": columns["target"],
            "properties": columns["properties"],
            "events": columns.lists(
                "events",
                EVENTS,
                time="event_time",
                name="event_name",
                attributes="event_attributes",
            ),
            "links": columns.lists(
                "links",
                LINKS,
                trace_id="link_trace_id",
                span_id="link_span_id",
                trace_state="link_trace_state",
                attributes="link_attributes",
            ),
        }
    )


def _named(numbers: pl.Series, names: dict[int, str]) -> pl.Series:
    """Return names of numbers; a number without one has that of 0."""
    return numbers.replace_strict(names, default=names[0], return_dtype=pl.String)


SPANS = Decoder(decode=decode, version=1, object_name="span")
