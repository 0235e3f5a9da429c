"""parse_block(block_id): the objects of blocks as their decoders see them."""

from dataclasses import dataclass

import polars as pl
from polars.io.plugins import register_io_source

from assets.decode.objects import object_decoders
from assets.errors import NotFound
from assets.storage.metadata.blocks import blocks_named
from query_engine.functions.json.documents import DOCUMENT
from query_engine.limits import PARSED_BLOCKS_MAX
from query_engine.sql.catalog import ScanRequest
from query_engine.sql.errors import SqlError
from query_engine.tables.functions.function import LakeFunction, schema_of, text, uuid_text
from query_engine.tables.parsed_blocks import CORRUPT, OBJECTS, ParsedBlocks
from query_engine.tables.session import QuerySession

ROWS = (
    ("object_index", pl.Int64(), "number of the object within its stream"),
    ("type_name", pl.String(), "what kind of object it is"),
    ("value", DOCUMENT, "its members and `__type`, JSON"),
    ("block_id", pl.String(), "its block"),
)
assert schema_of(ROWS) == OBJECTS


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """The call: which blocks, and whether they were an array."""

    block_ids: tuple[str, ...]
    of_array: bool = False

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return OBJECTS

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """
        Return the objects; blocks are read and decoded as the rows are.

        Raises:
            NotFound: There is no such block.
            SqlError: Nothing can list the objects of a format.
        """
        if not self.block_ids:
            return OBJECTS.to_frame().lazy()
        with session.metadata() as connection:
            found = {
                block.block_id: block
                for block in blocks_named(connection, self.block_ids, session.audiences)
            }
        lost = [id_ for id_ in self.block_ids if id_ not in found]
        if lost:
            others = f", and {len(lost) - 1} more of the list are not there" if lost[1:] else ""
            raise NotFound(
                f"there is no block {lost[0]}{others}: it never arrived, or retention has removed "
                "it; the view blocks lists those there are"
            )
        for block in found.values():
            try:
                object_decoders(block)
            except LookupError as error:
                raise SqlError(f"parse_block: block {block.block_id}: {error.args[0]}") from None
        lake = session.caches.lake
        source = ParsedBlocks(
            lake.root_uri, lake.options, tuple(found.values()), with_corrupt=self.of_array
        )
        return register_io_source(source, schema=OBJECTS)


def opens(given: object) -> ParsedBlock:
    """Check the id, or the ids of an array; NULLs in an array are left out."""
    items = given.to_list() if isinstance(given, pl.Series) else [given]
    if isinstance(given, pl.Series):
        items = [item for item in items if item is not None]
    texts = [text("parse_block", "a block id", item) for item in items]
    ids = tuple(dict.fromkeys(uuid_text("block", one) for one in texts))
    if len(ids) > PARSED_BLOCKS_MAX:
        raise SqlError(
            f"parse_block takes at most {PARSED_BLOCKS_MAX:,} blocks at once, not {len(ids):,}"
        )
    return ParsedBlock(ids, of_array=isinstance(given, pl.Series))


PARSE_BLOCK = LakeFunction(
    name="parse_block",
    written="parse_block('<block_id>')",
    opens=opens,
    counts=range(1, 2),
    doc=(
        "The objects of one block of any format, decoded now: for looking at what an application "
        "sent. The value is a JSON object of the columns that the views have of it and `__type`; "
        "times are Unix ns, bytes are told by their number. An array of ids, as "
        "`(SELECT array_agg(block_id) FROM blocks WHERE ...)`, takes several blocks apart. Of a "
        "block of OTLP metrics the histograms follow the numbers. After the spans of a thread come "
        "those that had not ended, as `open_span` without an index. A block that does not parse "
        f"ends the query with the reason; one of an array is a row of type `{CORRUPT}` with the "
        "reason in its value, and the others are there as ever."
    ),
    rows=ROWS,
)
