"""
Turning events into requests: CPU time of the whole process, and bytes on the wire.

The peer gets the same rows with their messages formatted already, and writes them as most do: a
line of JSON each, compressed.
"""

import json
import time
import zlib
from collections.abc import Iterator

import httpx

import limnograph
from benchmarks.report_lines import Line
from benchmarks.sdk.sink import sink
from limnograph import log

ROWS = 20_000
PEER = "json.dumps a line, zlib 1, of rows already formatted"


def lines(repeats: int) -> Iterator[Line]:
    """Measure and yield; the lowest of several, as there is little to be noisy but neighbours."""
    with sink() as url:
        limnograph.init("benchmark", url, level="info", flush_interval_s=3600)
        sizes, ours_s = [], []
        for _ in range(repeats + 1):  # the first one also sends the process and opens a connection
            before = _received(url)
            ours_s.append(_seconds_of_flush())
            sizes.append(_received(url) - before)
        limnograph.shutdown(30)
    peer_s, peer_size = _peer()
    conditions = {"rows": ROWS, "with": "encoding, compressing and sending over loopback"}
    yield Line(name="sdk.events into requests", value=1e9 * min(ours_s[1:]) / ROWS,
               unit="CPU ns per event", peer=PEER, peer_value=1e9 * peer_s / ROWS,
               conditions=conditions)  # fmt: skip
    yield Line(name="sdk.size on the wire", value=min(sizes[1:]) / ROWS, unit="bytes per event",
               peer=PEER, peer_value=peer_size / ROWS, conditions={"rows": ROWS})  # fmt: skip


def _seconds_of_flush() -> float:
    for number in range(ROWS):
        log.info("user %s took %d ms", f"u{number % 100}", number, route="/cart", shop=number % 7)
    begin = time.process_time()
    if not limnograph.flush(60):
        raise RuntimeError(f"not everything was sent: {limnograph.stats()}")
    return time.process_time() - begin


def _received(url: str) -> int:
    return int(httpx.get(f"{url}/counted").json()["bytes"])


def _peer() -> tuple[float, int]:
    rows = [
        {"time": time.time_ns(), "level": 4, "msg": "user %s took %d ms" % (f"u{n % 100}", n),  # noqa: UP031 - what a peer would do
         "route": "/cart", "shop": str(n % 7)}
        for n in range(ROWS)
    ]  # fmt: skip
    begin = time.process_time()
    text = zlib.compress("\n".join(map(json.dumps, rows)).encode(), 1)
    return time.process_time() - begin, len(text)
