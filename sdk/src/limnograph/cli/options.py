"""Options that several commands share, each described once."""

from argparse import ArgumentParser, ArgumentTypeError

from limnograph.cli.completion import profile_names
from limnograph.cli.formats import FORMATS
from limnograph.client.profiles import QUERY_URI

TIMES = """\
times:
  how long ago (90s, 15m, 1h, 2d, 1h30m), now, or ISO 8601 (2026-01-31, 2026-01-31T12:00:00.5Z;
  without an offset: UTC)"""


def add_connection(parser: ArgumentParser) -> None:
    """Add what says which service is asked."""
    group = parser.add_argument_group("connection")
    profile = group.add_argument(
        "--profile",
        metavar="NAME",
        help="the named connection to use (default: $LIMNO_PROFILE, else the default profile)",
    )
    profile.completer = profile_names  # type: ignore[attr-defined]
    group.add_argument(
        "--uri",
        metavar="URI",
        help="grpc://host:port or http://host:port of the query service (default: "
        f"$LIMNO_QUERY_URI, else the profile's, else {QUERY_URI})",
    )
    group.add_argument(
        "--timeout",
        metavar="TIME",
        help="give up after that long: 90s, 5m, or seconds (default: $LIMNO_TIMEOUT, else the "
        "profile's, else none)",
    )


def add_range(parser: ArgumentParser) -> None:
    """Add the ends of a time range."""
    parser.add_argument("--begin", metavar="TIME", help="only events from then on")
    parser.add_argument("--end", metavar="TIME", help="only events up to then")


def add_answer(parser: ArgumentParser) -> None:
    """Add what says how an answer is shown, and where."""
    parser.add_argument(
        "--format",
        choices=tuple(FORMATS),
        help="default: by the ending of --output, else table; vertical is one line a value, ndjson "
        "one JSON object a line",
    )
    parser.add_argument("--output", metavar="FILE", help="write there instead of standard output")
    parser.add_argument(
        "--rows",
        metavar="N",
        type=rows,
        help="rows of a table to show, the rest is counted; 0: all (default: 1000 on a terminal, "
        "else all)",
    )


def rows(text: str) -> int:
    """Return a number of rows."""
    try:
        count = int(text)
    except ValueError:
        count = -1
    if count < 0:
        raise ArgumentTypeError(f"{text!r} is not a number of rows")
    return count
