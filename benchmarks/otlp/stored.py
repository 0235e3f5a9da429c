"""Bytes in the Delta tables per record, beside zstd of the payloads and of the equivalent JSON."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import polars as pl
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from assets.decode.decoder import Decoder
from assets.decode.otlp.histograms import HISTOGRAMS
from assets.decode.otlp.logs import LOGS
from assets.decode.otlp.points import POINTS
from assets.decode.otlp.spans import SPANS
from assets.decode.rows import PROPERTIES
from assets.storage.lake import Lake, open_lake
from assets.storage.layout import Slice
from assets.storage.tables import TableCache, append, ensure_table
from assets.views.generation import generation_of
from assets.views.log_entries import LOG_ENTRIES
from assets.views.measure_histograms import MEASURE_HISTOGRAMS
from assets.views.measures import MEASURES
from assets.views.otel_spans import OTEL_SPANS
from assets.views.physical import table_spec, to_storage
from assets.views.view import View
from benchmarks.otlp import traffic
from benchmarks.report_lines import Line
from benchmarks.scratch_lake import scratch_lake
from limnograph.wire import zstd

MANY = 50
"""Processes of the mix: a service with as many pods, whose batches come in turns."""


@dataclass(frozen=True, slots=True)
class Case:
    """Messages of one kind, from so many processes, and the tables that hold their rows."""

    name: str
    make: traffic.Make
    tables: tuple[tuple[Decoder, View, str], ...]
    processes: int = 1


CASES = (
    Case("logs", traffic.logs, ((LOGS, LOG_ENTRIES, "log"),)),
    Case("logs of many processes", traffic.logs, ((LOGS, LOG_ENTRIES, "log"),), MANY),
    Case("spans", traffic.spans, ((SPANS, OTEL_SPANS, "trace"),)),
    Case("spans of many processes", traffic.spans, ((SPANS, OTEL_SPANS, "trace"),), MANY),
    Case(
        "points and histograms",
        traffic.metrics,
        (
            (POINTS, MEASURES, "metrics"),
            (HISTOGRAMS, MEASURE_HISTOGRAMS, "metrics/histograms"),
        ),
    ),
)


def lines(blocks: int) -> Iterator[Line]:
    """Write the rows of some blocks as materialization does, and weigh the tables."""
    with scratch_lake() as scratch, open_lake(scratch.settings) as lake:
        for at, case in enumerate(CASES):
            rnd = random.Random(case.name)
            messages = []
            for number in range(blocks):
                message = case.make(rnd, number)
                traffic.resource(message, number % case.processes)
                messages.append(message)
            slice_ = Slice(datetime(2026, 11, 23, at, tzinfo=UTC))
            rows, size = 0, 0
            for table in case.tables:
                found = weigh(lake, slice_, messages, case.processes, table)
                rows, size = rows + found[0], size + found[1]
            raw = len(zstd.compress(b"".join(one.SerializeToString() for one in messages)))
            text = "".join(MessageToJson(message, indent=None) for message in messages)
            json_size = len(zstd.compress(text.encode()))
            for peer, peer_size in (("raw protobuf", raw), ("OTLP JSON", json_size)):
                yield Line(
                    name=f"otlp.{case.name} stored", value=size / rows, unit="bytes per row",
                    peer=f"zstd of the {peer}", peer_value=peer_size / rows,
                    conditions={"rows": rows, "processes": case.processes},
                )  # fmt: skip


def weigh(
    lake: Lake,
    slice_: Slice,
    messages: Sequence[Message],
    processes: int,
    table: tuple[Decoder, View, str],
) -> tuple[int, int]:
    """Write the rows of some messages into a table; return how many, and the bytes they take."""
    decoder, view, kind = table
    frames = []
    for number, message in enumerate(messages):
        rows = decoder.decode(message.SerializeToString(), traffic.block(b"", number))
        frames.append(with_sender(rows, number, number % processes))
    whole = view.build({f"blocks:{kind}": pl.concat(frames).lazy()}).collect()
    spec = table_spec(view)
    ensure_table(lake, spec)
    before = TableCache().snapshot(lake, spec)
    coverage = {slice_.app_id(generation_of(view)): 1}
    append(lake, spec, before, to_storage(whole, view, slice_), coverage)
    after = TableCache().snapshot(lake, spec)
    size = after.files["size_bytes"].sum() - before.files["size_bytes"].sum()
    return whole.height, int(size)


def with_sender(rows: pl.DataFrame, number: int, process: int) -> pl.DataFrame:
    """Add the columns of one block and its process."""
    seeded = random.Random(f"sender {process}")
    process_id, stream_id = (str(UUID(int=seeded.getrandbits(128))) for _ in range(2))
    texts = {
        "process_id": process_id,
        "stream_id": stream_id,
        "block_id": str(UUID(int=random.Random(f"block {number}").getrandbits(128))),
        "exe": "shop",
        "username": "",
        "computer": f"node-{process % 16}",
        "thread_name": "",
    }
    resource = {
        "otel.resource.service.name": "shop",
        "otel.resource.service.instance.id": f"shop-{process}",
        "otel.resource.k8s.pod.name": f"shop-6f7d9c5b4-{process:05}",
        "otel.resource.host.name": f"node-{process % 16}",
    }
    return rows.with_columns(
        *(pl.lit(text).alias(name) for name, text in texts.items()),
        pl.lit(datetime(2026, 11, 23, tzinfo=UTC)).cast(pl.Datetime("ns", "UTC"))
        .alias("insert_time"),
        pl.lit(pl.Series([resource], dtype=PROPERTIES)).first().alias("process_properties"),
    )  # fmt: skip
