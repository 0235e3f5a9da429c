"""
Takes blocks apart where a plan runs, a few objects at a time.

Rule: a source holds addresses and no connection, so that it can be part of a plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from assets.decode.objects import ParsedObject, objects_of
from assets.errors import BlockCorrupt
from assets.materialize import payloads
from assets.storage.metadata.records import BlockRef
from assets.storage.objects import S3Options, open_store
from query_engine.functions.json.documents import DOCUMENT, written
from query_engine.sql.row_source import wanted

OBJECTS = pl.Schema(
    {
        "object_index": pl.Int64(),
        "type_name": pl.String(),
        "value": DOCUMENT,
        "block_id": pl.String(),
    }
)
"""Columns of the objects."""

CORRUPT = "corrupt_block"
"""Type of the row of a block that does not parse."""


@dataclass(frozen=True, slots=True)
class ParsedBlocks:
    """
    Yields the objects of blocks, all of whose formats can be listed.

    Attributes:
        with_corrupt: A block that does not parse is a row that says why; else it is an error.
    """

    root_uri: str
    options: S3Options
    blocks: tuple[BlockRef, ...]
    with_corrupt: bool = False

    def __call__(
        self,
        columns: list[str] | None,
        predicate: pl.Expr | None,
        rows_max: int | None,
        _batch: int | None,
    ) -> Iterator[pl.DataFrame]:
        """
        Yield the objects as rows; the arguments are those of every source of rows.

        Raises:
            BlockCorrupt: The bytes of a block break a rule of its format, and that is an error.
            PayloadMissing, StorageUnavailable: Storage has lost a payload, or does not answer.
        """
        read = set(OBJECTS if columns is None else columns)
        read |= set() if predicate is None else set(predicate.meta.root_names())
        return wanted(self._parts(with_values="value" in read), columns, predicate, rows_max)

    def _parts(self, *, with_values: bool) -> Iterator[pl.DataFrame]:
        store = open_store(self.root_uri, self.options)
        for block, payload in payloads(store, self.blocks):
            for objects in self._objects(bytes(payload), block):
                rows = [
                    (one.index, one.type_name, document(one) if with_values else None)
                    for one in objects
                ]
                names = OBJECTS.names()[:-1]
                schema = {name: OBJECTS[name] for name in names}
                yield pl.DataFrame(rows, schema=schema, orient="row").with_columns(
                    block_id=pl.lit(block.block_id)
                )

    def _objects(self, payload: bytes, block: BlockRef) -> Iterator[list[ParsedObject]]:
        try:
            yield from objects_of(payload, block)
        except BlockCorrupt as error:
            if not self.with_corrupt:
                raise
            yield [ParsedObject(None, CORRUPT, {"reason": error.reason})]


def document(one: ParsedObject) -> bytes:
    """Return the members of an object and what it is."""
    return written({"__type": one.type_name, **one.members})
