"""
Decode `limnograph/v1` blocks of streams tagged `cpu` into begins and ends of asynchronous spans.

Our recorder writes spans of coroutines into the stream of their thread, when they are complete and
marked as such; here each becomes the two events that other clients send on their own.
"""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.spans import SPANS
from assets.decode.rows import ASYNC_EVENT_ROWS
from assets.storage.metadata.records import BlockRef

_RENAMED = {"id": "span_id", "parent": "parent_span_id"}


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return a begin and an end for each completed span of a coroutine, by time.

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    spans = SPANS.decode(payload, block)
    spans = spans.filter("in_coroutine").rename(_RENAMED)
    events = [
        spans.with_columns(pl.lit(kind).alias("event_type"), pl.col(kind).alias("time"))
        for kind in ("begin", "end")
    ]
    return pl.concat(events).select(ASYNC_EVENT_ROWS.names()).sort("time", maintain_order=True)


ASYNC_EVENTS = Decoder(decode=decode, version=1)
