"""
A program that records until it is killed: ``python -m benchmarks.sdk.killed COUNT_FILE ...``.

After each event it counts it in a mapped file, so that whoever kills it knows to one event how many
had been recorded. With ``--next`` it only starts, sends what an earlier one left, and ends.
"""

import argparse
import mmap
import struct
import sys
from pathlib import Path

import limnograph
from limnograph import log, metric, span

LATENCY = metric("latency", "ms")
WORK = span("work")


def record_for_ever(count_file: Path) -> None:
    """Record a log, a metric and a span, again and again; the count is of completed rounds."""
    with count_file.open("r+b") as file, mmap.mmap(file.fileno(), 8) as count:
        number = 0
        while True:
            log.info("round %d", number, shop=number % 7)
            LATENCY.record(number)
            with WORK(number=number):
                pass
            number += 1
            struct.pack_into("<q", count, 0, number)


def main() -> None:
    """Record until killed, or send what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count_file", type=Path)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--flush-interval-s", type=float, default=0.2)
    parser.add_argument("--next", action="store_true")
    given = parser.parse_args()
    limits = limnograph.Limits(events_queued_max=4_000_000)
    limnograph.init(
        "killed", given.endpoint, flush_interval_s=given.flush_interval_s, limits=limits
    )
    print(limnograph.process_id(), flush=True)
    if not given.next:
        record_for_ever(given.count_file)
    log.info("the next one")
    sys.stdin.read()  # until whoever started it has seen everything arrive
    limnograph.shutdown(60)


if __name__ == "__main__":
    main()
