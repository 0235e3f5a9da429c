"""Bytes in the Delta table per record, beside zstd of the payloads and of the equivalent JSON."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
from google.protobuf.json_format import MessageToJson

from assets.decode.otlp.logs import LOGS
from assets.decode.otlp.spans import SPANS
from assets.decode.rows import PROPERTIES
from assets.storage.lake import open_lake
from assets.storage.layout import Slice
from assets.storage.tables import TableCache, append, ensure_table
from assets.views.log_entries import LOG_ENTRIES
from assets.views.otel_spans import OTEL_SPANS
from assets.views.physical import table_spec, to_storage
from benchmarks.otlp import traffic
from benchmarks.report_lines import Line
from benchmarks.scratch_lake import scratch_lake
from limnograph.wire import zstd

SLICE = Slice(datetime(2026, 11, 23, tzinfo=UTC))
SIGNALS = {
    "logs": (traffic.logs, LOGS, LOG_ENTRIES, "log"),
    "spans": (traffic.spans, SPANS, OTEL_SPANS, "trace"),
}


def lines(blocks: int) -> Iterator[Line]:
    """Write the rows of some blocks as materialization does, and weigh the table."""
    with scratch_lake() as scratch, open_lake(scratch.settings) as lake:
        for name, (make, decoder, view, kind) in SIGNALS.items():
            rnd = random.Random(name)
            messages = [make(rnd, number) for number in range(blocks)]
            payloads = [message.SerializeToString() for message in messages]
            frames = []
            for number, payload in enumerate(payloads):
                rows = decoder.decode(payload, traffic.block(payload, number))
                frames.append(with_sender(rows, number))
            rows = view.build({f"blocks:{kind}": pl.concat(frames).lazy()}).collect()
            spec = table_spec(view)
            ensure_table(lake, spec)
            tables = TableCache()
            stored = to_storage(rows, view, SLICE)
            append(lake, spec, tables.snapshot(lake, spec), stored, {SLICE.app_id(view.version): 1})
            size = int(TableCache().snapshot(lake, spec).files["size_bytes"].sum())
            raw = len(zstd.compress(b"".join(payloads)))
            text = "".join(MessageToJson(message, indent=None) for message in messages)
            json_size = len(zstd.compress(text.encode()))
            for peer, peer_size in (("raw protobuf", raw), ("OTLP JSON", json_size)):
                yield Line(
                    name=f"otlp.{name} stored", value=size / rows.height, unit="bytes per row",
                    peer=f"zstd of the {peer}", peer_value=peer_size / rows.height,
                    conditions={"rows": rows.height},
                )  # fmt: skip


def with_sender(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """Add the columns of one block and its process."""
    texts = {
        "process_id": "7d1c8f0e-0000-4000-8000-000000000001",
        "stream_id": "7d1c8f0e-0000-4000-8000-000000000002",
        "block_id": f"7d1c8f0e-0000-4000-8000-{number:012x}",
        "exe": "shop",
        "username": "shop",
        "computer": "shop-1",
        "thread_name": "",
    }
    resource = {"otel.resource.service.name": "shop", "otel.resource.host.name": "shop-1"}
    return rows.with_columns(
        *(pl.lit(text).alias(name) for name, text in texts.items()),
        pl.lit(datetime(2026, 11, 23, tzinfo=UTC)).cast(pl.Datetime("ns", "UTC"))
        .alias("insert_time"),
        pl.lit(pl.Series([resource], dtype=PROPERTIES)).first().alias("process_properties"),
    )  # fmt: skip
