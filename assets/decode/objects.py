"""
The objects of a block one by one, as `parse_block` shows them: for people who look at a format.

A decoder that names its objects (``Decoder.object_name``) can be asked for them; its rows are then
objects too, with everything that JSON has no type for made readable.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from assets.decode.catalog import DECODERS
from assets.decode.decoder import Decoder
from assets.storage.metadata.records import BlockRef


@dataclass(frozen=True, slots=True)
class ParsedObject:
    """
    One object of a block.

    Attributes:
        index: Its number within the stream.
        members: What it consists of, in types that JSON has.
    """

    index: int
    type_name: str
    members: Mapping[str, object]


def objects_of(payload: bytes, block: BlockRef) -> list[ParsedObject]:
    """
    Return the objects of *block*, in the order in which they were recorded.

    Raises:
        LookupError: No decoder lists the objects of its format; the message names those that do.
        BlockCorrupt: The payload does not parse.
    """
    decoder = object_decoder(block)
    rows = decoder.decode(payload, block)
    times = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
    rows = rows.with_columns(pl.col(times).to_physical())
    return [
        ParsedObject(
            index=block.object_offset + place,
            type_name=decoder.object_name,
            members={name: readable(value) for name, value in row.items()},
        )
        for place, row in enumerate(rows.iter_rows(named=True))
    ]


def object_decoder(block: BlockRef) -> Decoder:
    """Return the decoder that lists the objects of a block, or raise LookupError."""
    for tag in block.tags:
        decoder = DECODERS.get((block.format, tag))
        if decoder is not None and decoder.object_name:
            return decoder
    known = {f"{kind} ({tag})" for (kind, tag), found in DECODERS.items() if found.object_name}
    tags = ", ".join(block.tags)
    raise LookupError(
        f"the objects of {block.format} ({tags}) cannot be listed; those of these formats can: "
        + ", ".join(sorted(known))
    )


def readable(value: object) -> object:
    """Return a value in a type that JSON has."""
    if isinstance(value, bytes):
        return f"<binary {len(value)} bytes>"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
