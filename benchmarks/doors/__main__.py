"""
What the doors cost: rows a second against a bare Flight server.

    python -m benchmarks.doors [--quick] [--part stream]
"""

import argparse

from benchmarks.doors import stream


def main() -> None:
    """Run the parts that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough")
    parser.add_argument("--part", choices=("stream",), action="append", help="default: all")
    parser.add_argument("--rows", type=int, help="rows of the table; 10 million if not given")
    parser.add_argument("--rounds", type=int, help="how often each client reads the table")
    arguments = parser.parse_args()
    rows = arguments.rows or (1_000_000 if arguments.quick else 10_000_000)
    rounds = arguments.rounds or (2 if arguments.quick else 3)
    if "stream" in (arguments.part or ("stream",)):
        stream.main(rows, rounds)


if __name__ == "__main__":
    main()
