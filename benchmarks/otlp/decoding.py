"""CPU per row from a payload to rows, beside upb and a loop over rows; equal rows, in turns."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.otlp import columns
from assets.decode.otlp.logs import LOGS
from assets.decode.otlp.points import POINTS
from assets.decode.otlp.spans import SPANS
from assets.storage.metadata.records import BlockRef
from benchmarks.otlp import row_by_row, traffic
from benchmarks.report_lines import Line

PEER = "protobuf (upb) and a loop over rows"
EQUAL = {
    "logs": ["time", "target", "level", "msg", "properties"],
    "spans": ["trace_id", "span_id", "duration", "name", "kind", "status", "properties"],
    "points": ["time", "target", "name", "unit", "value", "properties"],
}

SIGNALS = {
    "logs": (traffic.logs, LOGS, row_by_row.logs),
    "spans": (traffic.spans, SPANS, row_by_row.spans),
    "points": (traffic.metrics, POINTS, row_by_row.points),
}


def lines(blocks: int, rounds: int) -> Iterator[Line]:
    """Measure each signal."""
    how = "C" if columns.native is not None else "Python (no extension)"
    for name, (make, decoder, peer) in SIGNALS.items():
        rnd = random.Random(name)
        payloads = [make(rnd, number).SerializeToString() for number in range(blocks)]
        refs = [traffic.block(payload) for payload in payloads]

        ours = partial(decoded, decoder, payloads, refs)
        theirs = partial(looped, peer, payloads)
        rows = sum(frame.height for frame in ours())
        for mine, other in zip(ours(), theirs(), strict=True):
            wanted = EQUAL[name]
            assert mine.select(wanted).equals(other.select(wanted)), f"{name}: the same rows"
        ours_s, peer_s = in_turns(ours, theirs, rounds)
        conditions = {
            "rows_per_s": round(rows / ours_s),
            "peer_rows_per_s": round(rows / peer_s),
            "bytes_per_row": round(sum(map(len, payloads)) / rows),
            "rows_per_block": rows // blocks,
            "read_by": how,
        }
        yield Line(
            name=f"otlp.{name} to rows", value=1e6 * ours_s / rows, unit="CPU us per row",
            peer=PEER, peer_value=1e6 * peer_s / rows, conditions=conditions,
        )  # fmt: skip


def decoded(
    decoder: Decoder, payloads: Sequence[bytes], refs: Sequence[BlockRef]
) -> list[pl.DataFrame]:
    """Decode blocks as a tail or a materialization does."""
    return [decoder.decode(p, ref) for p, ref in zip(payloads, refs, strict=True)]


def looped(peer: Callable[[bytes], pl.DataFrame], payloads: Sequence[bytes]) -> list[pl.DataFrame]:
    """Do the same the usual way."""
    return [peer(payload) for payload in payloads]


def in_turns(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Return the least CPU time of each, measured in turns."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for which, run in enumerate((ours, theirs)):
            begun = time.process_time()
            run()
            best[which] = min(best[which], time.process_time() - begun)
    return best[0], best[1]
