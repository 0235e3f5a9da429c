"""
Rows of a view from blocks: fetch, decode, add who sent them, build.

A block that cannot be decoded is quarantined and has no rows. Every caller goes through here, so
that a table and the tail beside it agree on which blocks have rows.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import polars as pl
import pyarrow as pa

from assets.decode.catalog import DECODERS, decoder_version, holds_none
from assets.decode.rows import BLOCK_COLUMNS, PROPERTIES, ROWS, TIME, tag_of_rows
from assets.errors import BlockCorrupt
from assets.materialize.cache import Decoded, DecodedCache, Key
from assets.materialize.counting import Connect
from assets.materialize.fetch import payloads
from assets.materialize.limits import QUARANTINE_REASON_CHARS_MAX
from assets.plan import rows_of
from assets.storage.lake import Lake
from assets.storage.metadata.blocks import process_infos, stream_infos
from assets.storage.metadata.quarantine import QuarantineEntry, record
from assets.storage.metadata.records import BlockRef, ProcessInfo, StreamInfo
from assets.views.catalog import source_of
from assets.views.view import View
from assets.wording import amount

log = logging.getLogger(__name__)

_INDEX = "__block"


@dataclass(frozen=True, slots=True)
class Decodings:
    """
    What came of decoding some blocks.

    Attributes:
        rows: The blocks that have rows, in the order asked for.
        corrupt: The blocks that could not be decoded.
        newly_corrupt: Those of *corrupt* that were tried now; the others were known.
    """

    rows: tuple[tuple[BlockRef, pl.DataFrame], ...]
    corrupt: tuple[tuple[BlockRef, BlockCorrupt], ...]
    newly_corrupt: tuple[tuple[BlockRef, BlockCorrupt], ...]


def block_rows(
    lake: Lake, view: View, blocks: Sequence[BlockRef], cache: DecodedCache
) -> pl.DataFrame:
    """
    Return the view's rows of these blocks, not merged; corrupt blocks are quarantined.

    Raises:
        PayloadMissing: The store has lost a payload.
        StorageUnavailable: Postgres or the store did not answer.
    """
    return block_frame(lake, view, blocks, cache).collect()


def block_frame(
    lake: Lake, view: View, blocks: Sequence[BlockRef], cache: DecodedCache
) -> pl.LazyFrame:
    """
    Return ``block_rows`` as a plan, so that columns nobody selects are never made.

    Everything that can fail happens in this call; the plan holds values only.
    """
    decodings = decode_blocks(lake, view, blocks, cache)
    quarantine(lake, view, decodings.newly_corrupt)
    return frame_of(lake, view, decodings)


def told_rows(
    lake: Lake,
    view: View,
    blocks: Sequence[BlockRef],
    cache: DecodedCache,
    connection: Connect,
) -> pl.DataFrame:
    """
    Return ``block_rows`` by a connection that the caller has; a corrupt block has none.

    For what blocks tell besides the rows that tables have: quarantine is about those.
    """
    decodings = decode_blocks(lake, view, blocks, cache)
    found = tuple(pair for pair in decodings.rows if not pair[1].is_empty())
    if not found:
        return view.schema.to_frame()
    kind = rows_of(view)
    rows = _with_block_columns(connection, kind, found)
    return _built(view, f"blocks:{kind}", rows).collect()


def frame_of(lake: Lake, view: View, decodings: Decodings) -> pl.LazyFrame:
    """Return the view's rows of decoded blocks, as a plan over values."""
    kind = rows_of(view)
    return _built(
        view, f"blocks:{kind}", _with_block_columns(lake.connection, kind, decodings.rows)
    )


def decode_blocks(
    lake: Lake, view: View, blocks: Sequence[BlockRef], cache: DecodedCache
) -> Decodings:
    """Decode the blocks that the cache does not know, and keep them there."""
    kind = rows_of(view)
    known: dict[str, Decoded] = {}
    wanted = []
    for block in blocks:
        if holds_none(block.format, kind):
            known[block.block_id] = ROWS[kind].to_frame()
            continue
        found = cache.get(_key(block, kind))
        if found is None:
            wanted.append(block)
        else:
            known[block.block_id] = found
    newly = set()
    for block, payload in payloads(lake.objects, wanted):
        decoded = _decoded(block, kind, payload)
        cache.put(_key(block, kind), decoded)
        known[block.block_id] = decoded
        newly.add(block.block_id)
    found_all = [(block, known[block.block_id]) for block in blocks]
    corrupt = tuple((b, found) for b, found in found_all if isinstance(found, BlockCorrupt))
    return Decodings(
        rows=tuple((b, found) for b, found in found_all if isinstance(found, pl.DataFrame)),
        corrupt=corrupt,
        newly_corrupt=tuple(pair for pair in corrupt if pair[0].block_id in newly),
    )


def quarantine(lake: Lake, view: View, corrupt: Sequence[tuple[BlockRef, BlockCorrupt]]) -> None:
    """Record blocks that could not be decoded, with the reason; again is harmless."""
    if not corrupt:
        return
    blocks = amount(len(corrupt), "block")
    log.warning("%s: %s cannot be decoded; first %s", view.name, blocks, corrupt[0][1])
    kind = rows_of(view)
    entries = [
        QuarantineEntry(
            block_id=block.block_id,
            view=view.name,
            decoder_version=decoder_version(block.format, kind),
            reason=error.reason[:QUARANTINE_REASON_CHARS_MAX],
            process_id=block.process_id,
            stream_id=block.stream_id,
            block_insert_time=block.insert_time,
        )
        for block, error in corrupt
    ]
    with lake.connection() as conn:
        record(conn, entries)


def _built(view: View, source: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return the view's rows, built through the views between it and *source*."""
    return view.build(
        {
            name: frame if name == source else _built(source_of(view, name), source, frame)
            for name in view.sources
        }
    )


def _key(block: BlockRef, kind: str) -> Key:
    return (block.block_id, kind, decoder_version(block.format, kind))


def _decoded(block: BlockRef, kind: str, payload: memoryview) -> Decoded:
    decoder = DECODERS.get((block.format, kind))
    if decoder is None:
        return BlockCorrupt(block.block_id, f"no decoder for {block.format} tagged {kind}")
    try:
        return decoder.decode(bytes(payload), block)
    except BlockCorrupt as exc:
        return exc.with_traceback(None)


def _with_block_columns(
    connection: Connect, kind: str, decoded: Sequence[tuple[BlockRef, pl.DataFrame]]
) -> pl.LazyFrame:
    """
    Return the rows of all blocks in one frame, with the columns of their block and process.

    Each column is picked by block number when the plan runs: a column that is not selected costs
    nothing, which matters for the maps.
    """
    if not decoded:
        return pl.Schema({**ROWS[kind], **BLOCK_COLUMNS}).to_frame().lazy()
    blocks = [block for block, _ in decoded]
    rows = pl.concat([frame for _, frame in decoded], rechunk=False)
    numbers = np.arange(len(blocks), dtype=np.uint32)
    index = np.repeat(numbers, [frame.height for _, frame in decoded])
    rows = rows.with_columns(pl.Series(_INDEX, index))
    columns = _block_columns(connection, kind, blocks)
    return rows.lazy().with_columns(
        pl.lit(values).gather(pl.col(_INDEX)).alias(name) for name, values in columns.items()
    )


def _block_columns(
    connection: Connect, kind: str, blocks: Sequence[BlockRef]
) -> Mapping[str, pl.Series]:
    """Return one value per block for each column of ``BLOCK_COLUMNS``."""
    with connection() as conn:
        processes = process_infos(conn, {block.process_id for block in blocks}, None)
        of_threads = tag_of_rows(kind) == "cpu"
        streams = stream_infos(conn, {b.stream_id for b in blocks}, None) if of_threads else {}
    senders = [processes[block.process_id] for block in blocks]
    values: dict[str, list[object]] = {
        "process_id": [block.process_id for block in blocks],
        "stream_id": [block.stream_id for block in blocks],
        "block_id": [block.block_id for block in blocks],
        "exe": [sender.exe for sender in senders],
        "username": [sender.username for sender in senders],
        "computer": [sender.computer for sender in senders],
        "thread_name": [
            thread_name(streams.get(block.stream_id), block.stream_id) for block in blocks
        ],
    }
    columns = {name: pl.Series(texts, dtype=pl.String()) for name, texts in values.items()}
    columns["insert_time"] = pl.Series([block.insert_time for block in blocks]).cast(TIME)
    columns["process_properties"] = _properties_of(
        processes, [block.process_id for block in blocks]
    )
    return columns


def _properties_of(processes: Mapping[str, ProcessInfo], ids: Sequence[str]) -> pl.Series:
    """Return the properties of the process of each id; each process's are made once."""
    found = [process.properties for process in processes.values()]
    text = pa.string_view()
    maps = pa.MapArray.from_arrays(
        pa.array(accumulate(map(len, found), initial=0), pa.int32()),
        pa.array((key for properties in found for key in properties), text),
        pa.array((value for properties in found for value in properties.values()), text),
    )
    numbers = {process_id: number for number, process_id in enumerate(processes)}
    series = pl.Series(pl.from_arrow(maps)).cast(PROPERTIES)
    return series[[numbers[id_] for id_ in ids]]


def thread_name(stream: StreamInfo | None, stream_id: str) -> str:
    """Return ``<name>-<id>`` of the stream's thread, or as much as is known."""
    properties = stream.properties if stream else {}
    name, number = properties.get("thread-name"), properties.get("thread-id")
    if name and number:
        return f"{name}-{number}"
    return number or name or stream_id
