"""Decode the histograms of `otlp/v1/metrics` blocks, exponential ones too."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.bins import binned
from assets.decode.otlp.columns import Columns
from assets.decode.rows import HISTOGRAM_ROWS, TIME
from assets.storage.metadata.records import BlockRef

_KINDS = {0: "histogram", 1: "exponential_histogram"}
_READ = (
    *("start_time", "target", "name", "unit", "exponential", "temporality", "no_value", "count"),
    *("sum", "has_sum", "min", "has_min", "max", "has_max", "scale", "properties"),
)
_PLACE = HISTOGRAM_ROWS.names().index("histogram")
_TEMPORALITIES = {0: "unspecified", 1: "delta", 2: "cumulative"}


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per point, in the order of the message (schema ``HISTOGRAM_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("histograms", payload, block)
    read = pl.DataFrame({name: columns[name] for name in _READ})
    recorded = pl.col("no_value") == 0
    rows = read.select(
        columns.times("time").cast(TIME).alias("time"),
        pl.col("start_time").replace(0, None).cast(TIME),
        "target",
        "name",
        "unit",
        pl.col("exponential").replace_strict(_KINDS, return_dtype=pl.String).alias("kind"),
        pl.col("temporality").replace_strict(
            _TEMPORALITIES, default=_TEMPORALITIES[0], return_dtype=pl.String
        ),
        # A point that says that nothing was recorded has no numbers.
        pl.when(recorded).then(pl.col("count")),
        *(
            pl.when(recorded & (pl.col(f"has_{name}") != 0)).then(pl.col(name))
            for name in ("sum", "min", "max")
        ),
        pl.when(pl.col("exponential") == 1).then(pl.col("scale")),
        columns.plain_lists("bounds", "bound").alias("bounds"),
        columns.plain_lists("counts", "bucket").alias("counts"),
        "properties",
        columns.or_null("property_types").alias("property_types"),
        columns.lists(
            "exemplars",
            time="exemplar_time",
            value="exemplar_value",
            trace_id="exemplar_trace_id",
            span_id="exemplar_span_id",
            attributes="exemplar_attributes",
        ).alias("exemplars"),
    )
    return rows.insert_column(_PLACE, binned(rows).alias("histogram"))


HISTOGRAMS = Decoder(decode=decode, version=1)
