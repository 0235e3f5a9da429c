"""parse_block(block_id): the objects of one block as its decoder sees them."""

from dataclasses import dataclass

import polars as pl

from assets.decode.objects import objects_of
from assets.errors import NotFound
from assets.materialize import payloads
from assets.storage.metadata.blocks import blocks_named
from query_engine.functions.json.documents import DOCUMENT, written
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, schema_of, text, uuid_text
from query_engine.tables.session import QuerySession

ROWS = (
    ("object_index", pl.Int64(), "number of the object within its stream"),
    ("type_name", pl.String(), "what kind of object it is"),
    ("value", DOCUMENT, "its members and `__type`, JSON"),
)


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """The call: which block."""

    block_id: str

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, request: ScanRequest) -> pl.LazyFrame:
        """
        Decode the block; nothing is kept.

        Raises:
            NotFound: There is no such block.
            SqlError: Nothing can list the objects of its format.
            BlockCorrupt: Its bytes break a rule of the format.
        """
        with session.metadata() as connection:
            found = blocks_named(connection, [self.block_id])
        if not found:
            raise NotFound(f"there is no block {self.block_id}")
        store = session.caches.lake.objects
        ((block, raw),) = payloads(store, found)
        payload = bytes(raw)
        try:
            objects = objects_of(payload, block)
        except LookupError as error:
            raise SqlError(f"parse_block: {error.args[0]}") from None
        rows = [
            (one.index, one.type_name, written({"__type": one.type_name, **one.members}))
            for one in objects[: request.limit]
        ]
        return session.scratch.frame(pl.DataFrame(rows, schema=self.schema, orient="row"))


def opens(block_id: object) -> ParsedBlock:
    """Check the id."""
    return ParsedBlock(uuid_text("block", text("parse_block", "a block id", block_id)))


PARSE_BLOCK = LakeFunction(
    name="parse_block",
    written="parse_block('<block_id>')",
    opens=opens,
    counts=range(1, 2),
    doc=(
        "The objects of one block, decoded now: for looking at what an application sent. The value "
        "is a JSON object of the members and `__type`; times are Unix ns."
    ),
    rows=ROWS,
)
