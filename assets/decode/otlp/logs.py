"""Decode `otlp/v1/logs` blocks into log rows."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp.columns import Columns
from assets.storage.metadata.records import BlockRef

_LEVELS = {number: 6 - (number - 1) // 4 for number in range(1, 25)}
"""Severities 1-4 are trace (6), 21-24 fatal (1)."""

_LEVEL_WITHOUT_SEVERITY = 4


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per log record, in the order of the message (schema ``LOG_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("logs", payload, block)
    return pl.DataFrame(
        {
            "time": columns.times("time"),
            "target": columns["target"],
            "level": columns["severity"].replace_strict(
                _LEVELS, default=_LEVEL_WITHOUT_SEVERITY, return_dtype=pl.Int32
            ),
            "msg": columns["msg"],
            "properties": columns["properties"],
        }
    )


LOGS = Decoder(decode=decode, version=1, object_name="log_record")
