"""Decode `limnograph/v1` blocks of streams tagged `log` into log rows."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.clock import since_origin, times
from assets.decode.limnograph_v1.columns import Columns
from assets.storage.metadata.records import BlockRef

_LEVEL_MIN, _LEVEL_MAX = 1, 6


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per log record, in the order they were recorded (schema ``LOG_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    columns = Columns.open(payload, block, "log")
    level = columns.within("level", columns.numbers("level"), _LEVEL_MIN, _LEVEL_MAX)
    return pl.DataFrame(
        {
            "time": times(columns, "time", since_origin(columns, "time")),
            "target": columns.lookup("site", columns.site_values("target", pl.String())),
            "level": level.cast(pl.Int32),
            "msg": columns.texts("msg"),
            "properties": columns.properties(),
            "property_types": pl.Series([None], dtype=pl.String).new_from_index(0, columns.rows),
        }
    )


LOGS = Decoder(decode=decode, version=1, object_name="log_record")
