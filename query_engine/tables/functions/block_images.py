"""block_images(block_id): the images of one block, numbered as they were sent."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from polars.io.plugins import register_io_source

from assets.decode.catalog import DECODERS
from assets.decode.rows import IMAGE_ROWS, TIME
from assets.errors import NotFound
from assets.materialize import payloads
from assets.storage.metadata.blocks import blocks_named
from assets.storage.metadata.records import BlockRef
from assets.storage.objects import S3Options, open_store
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.row_source import RowSource
from query_engine.tables.functions.function import LakeFunction, schema_of, text, uuid_text
from query_engine.tables.session import QuerySession

ROWS = (
    ("image", pl.Int64(), "number of the image within the block, from 0 on"),
    ("time", TIME, "when the image was sent, to the nanosecond"),
    ("name", pl.String(), "what the image shows, as the application named it"),
    ("format", pl.String(), "how the bytes are to be read, as the application says: `png`..."),
    ("payload_size", pl.Int64(), "bytes of the image"),
    ("data", pl.Binary(), "the bytes"),
    ("target", pl.String(), "module that sent the image"),
    ("properties", IMAGE_ROWS["properties"], "attributes of the image"),
)
TAG = "image"


@dataclass(frozen=True, slots=True)
class ImageSource(RowSource):
    """Yields the images of a block where a plan runs; holds addresses and no connection."""

    root_uri: str
    options: S3Options
    block: BlockRef

    def frames(self) -> Iterator[pl.DataFrame]:
        """
        Read and decode the block.

        Raises:
            BlockCorrupt: The bytes of the block break a rule of its format.
            PayloadMissing, StorageUnavailable: Storage has lost a payload, or does not answer.
        """
        for block, payload in payloads(open_store(self.root_uri, self.options), [self.block]):
            rows = DECODERS[block.format, TAG].decode(bytes(payload), block)
            yield rows.select(schema_of(ROWS).names())


@dataclass(frozen=True, slots=True)
class BlockImages:
    """The call: which block."""

    block_id: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """
        Return the images; the block is read and decoded where the plan runs.

        Raises:
            NotFound: There is no such block, or it carries no images.
        """
        with session.metadata() as connection:
            found = blocks_named(connection, [self.block_id], session.audiences)
        if not found:
            raise NotFound(f"there is no block {self.block_id}")
        (block,) = found
        if TAG not in block.tags or (block.format, TAG) not in DECODERS:
            told = ", ".join(block.tags) or "nothing"
            raise NotFound(f"block {self.block_id} carries no images, it is of a stream of {told}")
        lake = session.caches.lake
        source = ImageSource(lake.root_uri, lake.options, block)
        return register_io_source(source, schema=self.schema)


BLOCK_IMAGES = LakeFunction(
    name="block_images",
    written="block_images('<block_id>')",
    opens=lambda given: BlockImages(uuid_text("block", text("block_images", "a block id", given))),
    counts=range(1, 2),
    doc=(
        "The images of one block as they were sent, without waiting for any table; "
        "`GET /api/image/{block_id}/{image}` shows one of them."
    ),
    rows=ROWS,
)
