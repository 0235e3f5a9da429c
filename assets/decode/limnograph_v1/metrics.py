"""Decode `limnograph/v1` blocks of streams tagged `metrics` into metric rows."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.clock import since_origin, times
from assets.decode.limnograph_v1.columns import Columns
from assets.storage.metadata.records import BlockRef


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per recorded value, in the order they were recorded (schema ``METRIC_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    columns = Columns.open(payload, block, "metrics")
    site = {
        key: columns.lookup("site", columns.site_values(key, pl.String()))
        for key in ("target", "name", "unit")
    }
    return pl.DataFrame(
        {
            "time": times(columns, "time", since_origin(columns, "time")),
            **site,
            "value": columns.numbers("value"),
            "properties": columns.properties(),
            "property_types": pl.Series([None], dtype=pl.String).new_from_index(0, columns.rows),
        }
    )


METRICS = Decoder(decode=decode, version=1, object_name="measure")
