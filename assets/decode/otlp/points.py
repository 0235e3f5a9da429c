"""Decode the numbers of `otlp/v1/metrics` blocks into metric rows: gauges, sums, summaries."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.columns import Columns
from assets.decode.rows import TIME
from assets.storage.metadata.records import BlockRef


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per number, in the order of the message (schema ``METRIC_ROWS``).

    A point that says that nothing was recorded has NULL as its value.

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("points", payload, block)
    value, known = columns["value"], columns["has_value"]
    if known.min() == 0:
        value = value.zip_with(known != 0, pl.Series([None], dtype=pl.Float64))
    return pl.DataFrame(
        {
            "time": columns.times("time").cast(TIME),
            "target": columns["target"],
            "name": columns["name"],
            "unit": columns["unit"],
            "value": value,
            "properties": columns["properties"],
            "property_types": columns.or_null("property_types"),
        }
    )


POINTS = Decoder(decode=decode, version=1, object_name="measure")
