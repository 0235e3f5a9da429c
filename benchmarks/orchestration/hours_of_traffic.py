"""A lake with traffic in each of many past hours, as the receiver acknowledged it."""

from datetime import UTC, datetime, timedelta

import httpx

from assets.storage.layout import Slice
from benchmarks.scratch_lake import ScratchLake
from benchmarks.shop_traffic import Application, log_payload
from benchmarks.soak.clock import MovableClock
from limnograph.wire.envelope import CONTENT_TYPE

HOUR = timedelta(hours=1)


def send_hours(lake: ScratchLake, hours: int, blocks: int, rows: int) -> list[Slice]:
    """Let so many blocks of log records arrive in each of the last hours; return these."""
    clock = MovableClock(lake.settings.database_url)
    clock.advance(-HOUR * hours)
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    application = Application()
    with lake.ingest() as service, httpx.Client(base_url=service.url, timeout=60) as client:
        for number in range(hours):
            begin = this_hour - HOUR * (hours - number)
            begin_ns = int(begin.timestamp()) * 10**9
            payloads = [
                log_payload(rows, number * blocks + n, begin_ns=begin_ns) for n in range(blocks)
            ]
            answer = client.post(
                "/v1/blocks",
                content=application.request(payloads),
                headers={"Content-Type": CONTENT_TYPE},
            )
            answer.raise_for_status()
            clock.advance(HOUR)
    return [Slice(this_hour - HOUR * (hours - number)) for number in range(hours)]
