"""What a decoder is: a pure function from a block's bytes to rows, with a version."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from assets.storage.metadata.records import BlockRef


@dataclass(frozen=True, slots=True)
class Decoder:
    """
    How the payloads of one wire format become rows of one kind.

    Attributes:
        decode: Payload and its block to rows in the schema of the kind (``rows.ROWS``), in the
            order in which they were recorded. Raises BlockCorrupt and nothing else.
        version: Raise it when ``decode`` reads something that it could not read before:
            quarantined blocks are then tried again.
        object_name: What `parse_block` calls one row; "" when rows are not what the block holds.
    """

    decode: Callable[[bytes, BlockRef], pl.DataFrame]
    version: int
    object_name: str = ""
