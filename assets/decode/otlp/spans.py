"""Decode `otlp/v1/traces` blocks into spans."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.columns import Columns
from assets.decode.rows import TIME
from assets.storage.metadata.records import BlockRef

_NOT_KNOWN = pl.Series([None])


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
            "parent_span_id": columns.or_null("parent_span_id"),
            "start_time": start.cast(TIME),
            "end_time": end.cast(TIME),
            "duration": end - start,
            "name": columns["name"],
            "kind": columns["kind"],
            "status": columns["status"],
            "status_message": columns.or_null("status_message"),
            "target": columns["target"],
            "properties": columns["properties"],
            "property_types": columns.or_null("property_types"),
            "events": columns.lists(
                "events",
                time="event_time",
                name="event_name",
                attributes="event_attributes",
            ),
            "links": columns.lists(
                "links",
                trace_id="link_trace_id",
                span_id="link_span_id",
                trace_state="link_trace_state",
                attributes="link_attributes",
            ),
            "thread_stream_id": _NOT_KNOWN.cast(pl.String()).new_from_index(0, len(start)),
            "span_number": _NOT_KNOWN.cast(pl.Int64()).new_from_index(0, len(start)),
        }
    )


SPANS = Decoder(decode=decode, version=1, object_name="span")
