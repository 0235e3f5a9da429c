"""``python -m benchmarks.sdk``: all parts, or those named with ``--part``."""

import argparse
from collections.abc import Iterator

from benchmarks.report_lines import Line, emit
from benchmarks.sdk import application, encoding, recovery, restarts, steady_memory, table

PARTS = ("table", "encoding", "application", "restarts", "recovery", "memory")
QUICK = ("table", "encoding", "application")


def _lines(part: str, *, quick: bool, seconds: float | None) -> Iterator[Line]:
    if part == "table":
        return table.lines(11 if quick else 151)
    if part == "encoding":
        return encoding.lines(2 if quick else 7)
    if part == "restarts":
        return restarts.lines(2 if quick else 10, 1 if quick else 2)
    if part == "recovery":
        return recovery.lines(1 if quick else 10, 1)
    if part == "memory":
        return steady_memory.lines(seconds or (8 if quick else 60))
    return application.lines(seconds or (2 if quick else 10), 1 if quick else 5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough, below 30 seconds")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="default: all, or what is quick"
    )
    parser.add_argument("--seconds", type=float, help="how long the parts that keep a pace run")
    given = parser.parse_args()
    for part in given.part or (QUICK if given.quick else PARTS):
        for line in _lines(part, quick=given.quick, seconds=given.seconds):
            emit(line)


if __name__ == "__main__":
    main()
