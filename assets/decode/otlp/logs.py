"""Decode `otlp/v1/logs` blocks into log rows."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.columns import Columns
from assets.decode.rows import TIME
from assets.storage.metadata.records import BlockRef


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per log record, in the order of the message (schema ``LOG_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("logs", payload, block)
    return pl.DataFrame(
        {
            "time": columns.times("time").cast(TIME),
            "target": columns["target"],
            "level": columns["level"],
            "msg": columns["msg"],
            "properties": columns["properties"],
            "property_types": columns.or_null("property_types"),
        }
    )


LOGS = Decoder(decode=decode, version=1, object_name="log_record")
