"""The part `rows`: CPU per profile span from the payload of a block to rows of a view."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import polars as pl

from assets.decode.limnograph_v1.spans import SPANS
from assets.storage.metadata.records import BlockRef
from benchmarks.otlp.decoding import in_turns
from benchmarks.report_lines import Line
from benchmarks.soak.sender import MadeBlock
from benchmarks.spans import row_by_row
from benchmarks.spans.made import blocks, calls, sender
from benchmarks.spans.part import Part

PEER = "a loop over the spans, a tuple each, into the same rows"


def reference(block: MadeBlock) -> BlockRef:
    """Return a block as the lake names it."""
    return BlockRef(
        **{k: v for k, v in asdict(block.header).items() if k in BlockRef.__slots__},
        object_key="", payload_offset=0, format="limnograph/v1", tags=("cpu",),
        insert_time=datetime(2026, 11, 23, tzinfo=UTC), position=0,
    )  # fmt: skip


def lines(quick: bool) -> Iterator[Line]:
    """Measure the decoder."""
    made = list(blocks(sender(), calls(30_000 if quick else 500_000, 1, 500)))
    refs = [reference(block) for block in made]

    def ours() -> list[pl.DataFrame]:
        return [SPANS.decode(one.payload, ref) for one, ref in zip(made, refs, strict=True)]

    def theirs() -> list[pl.DataFrame]:
        return [row_by_row.rows(one.payload) for one in made]

    names = row_by_row.SCHEMA.names()
    for mine, other in zip(ours(), theirs(), strict=True):
        told = mine.select(names).with_columns(pl.col("begin", "end").cast(pl.Int64()))
        assert told.equals(other), "the same rows"
    count = sum(block.header.nb_objects for block in made)
    ours_s, theirs_s = in_turns(ours, theirs, 2 if quick else 7)
    yield Line(
        name="spans.blocks to rows", value=1e6 * ours_s / count, unit="CPU us per span",
        peer=PEER, peer_value=1e6 * theirs_s / count,
        conditions={
            "spans": count,
            "spans_per_cpu_s": round(count / ours_s),
            "peer_spans_per_cpu_s": round(count / theirs_s),
            "bytes_per_span": round(sum(len(one.payload) for one in made) / count, 1),
        },
    )  # fmt: skip


BLOCKS_TO_ROWS = Part("rows", lines)
