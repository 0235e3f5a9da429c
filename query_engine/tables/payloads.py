"""
Reads payloads of blocks from where a plan runs, which is another process than the service's.

Rule: a reader holds addresses and no connection, so that it can be part of a plan.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl
import psycopg

from assets.materialize import payloads
from assets.storage.lake import Lake
from assets.storage.metadata.audiences import Audiences
from assets.storage.metadata.blocks import blocks_named
from assets.storage.metadata.session import outages_translated, prepare
from assets.storage.objects import S3Options, open_store
from query_engine.errors import ResourceExhausted
from query_engine.functions.function import BadValue
from query_engine.limits import PAYLOADS_BYTES_MAX

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class PayloadReader:
    """Yields the payload for each row of process, stream and block id."""

    database_url: str = field(repr=False)
    root_uri: str
    options: S3Options
    audiences: Audiences

    @classmethod
    def of(cls, lake: Lake, audiences: Audiences) -> "PayloadReader":
        """Return the reader of what of a lake belongs to some audiences."""
        conninfo = lake.pool.conninfo
        assert isinstance(conninfo, str), "open_lake makes the pool from a URL"
        return cls(conninfo, lake.root_uri, lake.options, audiences)

    def __call__(self, columns: Sequence[pl.Series]) -> pl.Series:
        """
        Return the payloads of a batch; NULL where an id is NULL.

        Raises:
            BadValue: A block does not exist, or is of another process or stream.
            ResourceExhausted: The payloads of the batch are too large together.
            PayloadMissing, StorageUnavailable: Storage has lost it, or does not answer.
        """
        height = max(len(column) for column in columns)
        rows = pl.DataFrame(
            [
                (column if len(column) == height else column.new_from_index(0, height)).alias(name)
                for name, column in zip(("process", "stream", "block"), columns, strict=True)
            ]
        ).with_columns(pl.all().str.to_lowercase())
        wanted = rows.drop_nulls().unique()
        found = self.read(wanted["block"].to_list())
        payload = [found.get(ids) for ids in wanted.iter_rows()]
        for ids, value in zip(wanted.iter_rows(), payload, strict=True):
            if value is None:
                process, stream, block = ids
                raise BadValue(f"there is no block {block} of process {process}, stream {stream}")
        wanted = wanted.with_columns(payload=pl.Series(payload, dtype=pl.Binary()))
        joined = rows.join(wanted, on=rows.columns, how="left", maintain_order="left")
        return joined["payload"].alias(columns[0].name)

    def read(self, ids: Sequence[str]) -> dict[tuple[str, str, str], bytes]:
        """Return payloads of existing blocks by process, stream and block."""
        known = [text for text in ids if _ID.fullmatch(text)]
        if not known:
            return {}
        with outages_translated(), psycopg.connect(self.database_url, autocommit=True) as conn:
            prepare(conn)
            blocks = blocks_named(conn, known, self.audiences)
        size = sum(block.payload_size for block in blocks)
        if size > PAYLOADS_BYTES_MAX:
            raise ResourceExhausted(
                f"get_payload would read {size:,} bytes at once, and reads at most "
                f"{PAYLOADS_BYTES_MAX:,}; ask for fewer blocks, with WHERE, or with LIMIT in a "
                "subquery around blocks"
            )
        store = open_store(self.root_uri, self.options)
        return {
            (block.process_id, block.stream_id, block.block_id): bytes(payload)
            for block, payload in payloads(store, blocks)
        }
