"""
The objects of a block one by one, as `parse_block` shows them: for people who look at a format.

Decoders that name their rows (``Decoder.object_name``) say what a block holds; where several do, as
for numbers and histograms, their rows follow one another. Everything that JSON has no type for is
made readable.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.decode.catalog import DECODERS
from assets.decode.decoder import Decoder
from assets.decode.limits import OBJECTS_AT_ONCE
from assets.decode.limnograph_v1.open_spans import OPEN_SPANS
from assets.decode.rows import tag_of_rows
from assets.storage.metadata.records import BlockRef


@dataclass(frozen=True, slots=True)
class ParsedObject:
    """
    One object of a block.

    Attributes:
        index: Its number within the stream; None for what is no event of it yet.
        members: What it consists of, in types that JSON has.
    """

    index: int | None
    type_name: str
    members: Mapping[str, object]


def objects_of(payload: bytes, block: BlockRef) -> Iterator[list[ParsedObject]]:
    """
    Yield the objects of *block*, some at a time, each kind in the order of recording.

    Raises:
        LookupError: No decoder lists the objects of its format; the message names those that do.
        BlockCorrupt: The payload does not parse.
    """
    first = block.object_offset
    for decoder in object_decoders(block):
        rows = decoder.decode(payload, block)
        is_event = decoder is not OPEN_SPANS
        yield from _objects(rows, decoder.object_name, first if is_event else None)
        first += rows.height if is_event else 0


def object_decoders(block: BlockRef) -> Sequence[Decoder]:
    """Return the decoders that list the objects of a block, or raise LookupError."""
    found = [
        decoder
        for (format_, kind), decoder in DECODERS.items()
        if format_ == block.format and tag_of_rows(kind) in block.tags and decoder.object_name
    ]
    if found:
        return found
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
    if isinstance(value, dict):
        return {key: readable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [readable(inner) for inner in value]
    return value


def _objects(rows: pl.DataFrame, type_name: str, first: int | None) -> Iterator[list[ParsedObject]]:
    """Yield rows as objects, which are numbered from *first* on unless it is None."""
    times = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
    rows = rows.with_columns(pl.col(times).to_physical())
    for start in range(0, rows.height, OBJECTS_AT_ONCE):
        yield [
            ParsedObject(
                index=None if first is None else first + place,
                type_name=type_name,
                members={name: readable(value) for name, value in row.items()},
            )
            for place, row in enumerate(
                rows[start : start + OBJECTS_AT_ONCE].iter_rows(named=True), start
            )
        ]
