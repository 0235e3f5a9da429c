"""Traffic that a real receiver has acknowledged, for benchmarks of what comes after it."""

import time
from dataclasses import dataclass

import httpx

from benchmarks.scratch_lake import ScratchLake
from benchmarks.shop_traffic import Application, log_payload, metrics_payload
from limnograph.wire.envelope import CONTENT_TYPE

APPLICATIONS = 8
BLOCK_SPAN_S = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What was acknowledged: rows per tag, payload bytes, the events' times, a process."""

    log_rows: int
    metric_rows: int
    wire_bytes: int
    begin_ns: int
    end_ns: int
    process_id: str


def send_traffic(lake: ScratchLake, blocks: int, rows_per_block: int) -> Sent:
    """
    Send *blocks* log blocks and as many metrics blocks through the receiver.

    The events lie in the past, block after block of each application a minute apart, as they
    would have been sent.
    """
    minutes = -(-blocks // APPLICATIONS)
    begin_ns = time.time_ns() - int((minutes + 1) * BLOCK_SPAN_S * 1e9)
    applications = [Application() for _ in range(APPLICATIONS)]
    size = 0
    with lake.ingest() as service, httpx.Client(base_url=service.url, timeout=60) as client:
        for n in range(blocks):
            at = begin_ns + int(n // APPLICATIONS * BLOCK_SPAN_S * 1e9)
            payloads = [
                log_payload(rows_per_block, n, begin_ns=at, span_s=BLOCK_SPAN_S),
                metrics_payload(rows_per_block, n, begin_ns=at, span_s=BLOCK_SPAN_S),
            ]
            body = applications[n % APPLICATIONS].request(payloads)
            size += len(body)
            answer = client.post("/v1/blocks", content=body, headers={"Content-Type": CONTENT_TYPE})
            answer.raise_for_status()
    return Sent(
        log_rows=blocks * rows_per_block,
        metric_rows=blocks * rows_per_block,
        wire_bytes=size,
        begin_ns=begin_ns,
        end_ns=begin_ns + int(minutes * BLOCK_SPAN_S * 1e9),
        process_id=applications[0].process.process_id,
    )
