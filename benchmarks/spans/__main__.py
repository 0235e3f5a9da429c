"""``python -m benchmarks.spans``: all parts, or those named with ``--part``."""

import argparse

from benchmarks.report_lines import emit
from benchmarks.spans.catalog import PARTS


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough, below 30 seconds")
    parser.add_argument("--part", action="append", choices=[part.name for part in PARTS])
    given = parser.parse_args()
    for part in PARTS:
        if given.part is None or part.name in given.part:
            for line in part.lines(given.quick):
                emit(line)


if __name__ == "__main__":
    main()
