"""payloads: the bytes of blocks, in the format of their streams; never decoded here."""

from collections.abc import Sequence

from assets.storage.bulk import BulkStore, Payload
from query_engine.ingest.columns import payload, uuid
from query_engine.ingest.table import IngestTable, Row


def store(lake: BulkStore, rows: Sequence[Row]) -> int:
    """Add the payloads."""
    payloads = {
        row["block_id"]: Payload(
            row["block_id"], row["process_id"], row["stream_id"], row["payload"]
        )
        for row in reversed(rows)
    }
    return lake.add_payloads(list(payloads.values()))


PAYLOADS = IngestTable(
    name="payloads",
    doc="The bytes of blocks; a block is visible as soon as its row is there too.",
    columns=(uuid("process_id"), uuid("stream_id"), uuid("block_id"), payload("payload")),
    ignored=frozenset(),
    store=store,
)
