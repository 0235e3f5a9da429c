"""Decode `limnograph/v1` blocks of streams tagged `image` into images."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.clock import since_origin, times
from assets.decode.limnograph_v1.columns import Columns
from assets.storage.metadata.records import BlockRef


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per image, in the order they were sent (schema ``IMAGE_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    columns = Columns.open(payload, block, "images")
    data = columns.byte_strings("data")
    return pl.DataFrame(
        {
            "image": pl.int_range(columns.rows, dtype=pl.Int64(), eager=True),
            "time": times(columns, "time", since_origin(columns, "time")),
            "target": columns.lookup("site", columns.site_values("target", pl.String())),
            "name": columns.coded_texts("name"),
            "format": columns.coded_texts("format"),
            "payload_size": data.bin.size().cast(pl.Int64),
            "data": data,
            "properties": columns.properties(),
        }
    )


IMAGES = Decoder(decode=decode, version=2, object_name="image")
