"""
Three suites, three engines, the same Delta files.

    python -m benchmarks.query [--suite tpch|clicks|observability] [--quick] [--only q01 ...]
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.query import clicks, observability, tpch
from benchmarks.query.compare import run
from benchmarks.query.suite import Suite

SUITES = ("tpch", "clicks", "observability")


def main() -> None:
    """Run the suites that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=SUITES, action="append", help="default: all")
    parser.add_argument("--quick", action="store_true", help="small and rough")
    parser.add_argument("--only", nargs="*", default=(), help="names of questions")
    parser.add_argument("--scale", type=float, help="TPC-H scale factor, 1 if not given")
    parser.add_argument("--rows", type=int, help="rows of the other suites' largest tables")
    parser.add_argument("--repeats", type=int, help="hot runs of each question")
    parser.add_argument("--doubles", action="store_true", help="TPC-H prices as DOUBLE")
    arguments = parser.parse_args()
    for name in arguments.suite or SUITES:
        with opened(name, arguments) as suite:
            repeats = arguments.repeats or (2 if arguments.quick else 5)
            run(suite, repeats=repeats, only=arguments.only)


@contextmanager
def opened(name: str, arguments: argparse.Namespace) -> Iterator[Suite]:
    """Return a suite with its data in place."""
    if name == "tpch":
        scale = arguments.scale or (0.01 if arguments.quick else 1.0)
        yield tpch.suite(scale, doubles=arguments.doubles)
    elif name == "clicks":
        yield clicks.suite(arguments.rows or (100_000 if arguments.quick else 10_000_000))
    else:
        with observability.suite(
            arguments.rows or (48_000 if arguments.quick else 3_000_000)
        ) as made:
            yield made


if __name__ == "__main__":
    main()
