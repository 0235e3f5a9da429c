"""Decode the histograms of `otlp/v1/metrics` blocks, exponential ones too."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.bins import binned
from assets.decode.otlp.columns import Columns
from assets.decode.rows import EXEMPLARS
from assets.storage.metadata.records import BlockRef

_KINDS = {0: "histogram", 1: "exponential_histogram"}
_TEMPORALITIES = {0: "unspecified", 1: "delta", 2: "cumulative"}


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per point, in the order of the message (schema ``HISTOGRAM_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("histograms", payload, block)
    scales = pl.DataFrame({"scale": columns["scale"], "known": columns["exponential"]})
    rows = pl.DataFrame(
        {
            "time": columns.times("time"),
            "start_time": columns.known_times("start_time"),
            "target": columns["target"],
            "name": columns["name"],
            "unit": columns["unit"],
            "kind": columns["exponential"].replace_strict(_KINDS, return_dtype=pl.String),
            "temporality": columns["temporality"].replace_strict(
                _TEMPORALITIES, default=_TEMPORALITIES[0], return_dtype=pl.String
            ),
            "count": columns["count"],
            "sum": columns.where("sum", "has_sum"),
            "min": columns.where("min", "has_min"),
            "max": columns.where("max", "has_max"),
            "scale": scales.select(pl.when(pl.col("known") == 1).then("scale")).to_series(),
            "bounds": columns.plain_lists("bounds", "bound"),
            "counts": columns.plain_lists("counts", "bucket"),
            "properties": columns["properties"],
            "exemplars": columns.lists(
                "exemplars",
                EXEMPLARS,
                time="exemplar_time",
                value="exemplar_value",
                trace_id="exemplar_trace_id",
                span_id="exemplar_span_id",
                attributes="exemplar_attributes",
            ),
        }
    )
    # A point that says that nothing was recorded has no numbers.
    recorded = columns["no_value"] == 0
    numbers = ("count", "sum", "min", "max")
    rows = rows.with_columns(pl.when(pl.lit(recorded)).then(pl.col(name)) for name in numbers)
    histogram = binned(rows)
    at = rows.columns.index("properties")
    return rows.insert_column(at, histogram.alias("histogram"))


HISTOGRAMS = Decoder(decode=decode, version=1)
