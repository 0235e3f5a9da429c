"""
What the doors cost: the way of the rows, small answers, a crowd, and what stays in memory.

    python -m benchmarks.doors [--quick] [--part stream|latency|crowd|memory]
"""

import argparse
from collections.abc import Callable, Mapping

from benchmarks.doors import crowd, latency, steady, stream


def main() -> None:
    """Run the parts that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and rough")
    parser.add_argument("--part", choices=("stream", "latency", "crowd", "memory"), action="append")
    parser.add_argument("--rows", type=int, help="rows of the table; 10 million if not given")
    parser.add_argument("--rounds", type=int, help="how often each client reads the table")
    arguments = parser.parse_args()
    quick = arguments.quick
    rows = arguments.rows or (1_000_000 if quick else 10_000_000)
    rounds = arguments.rounds or (2 if quick else 3)
    parts: Mapping[str, Callable[[], None]] = {
        "stream": lambda: stream.main(rows, rounds),
        "latency": lambda: latency.main(48_000, 30 if quick else 500),
        "crowd": lambda: crowd.main(50 if quick else 200),
        "memory": lambda: steady.main(*((200, 20) if quick else (10_000, 1_000))),
    }
    for name in arguments.part or parts:
        parts[name]()


if __name__ == "__main__":
    main()
