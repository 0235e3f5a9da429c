"""The ``limno`` command: ask the lake from a shell."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from limnograph.client import QueryError, Result, connect
from limnograph.client.profiles import QUERY_URI

DONE, FAILED, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130

_FORMATS = ("table", "csv", "json", "parquet")
_SUFFIXES = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
             ".parquet": "parquet", ".txt": "table"}  # fmt: skip
_EPILOG = """\
times:
  how long ago (90s, 15m, 1h, 2d, 1h30m), now, or ISO 8601 (2026-01-31, 2026-01-31T12:00:00.5Z;
  without an offset: UTC)

examples:
  limno query "SELECT time, level, msg FROM log_entries ORDER BY time DESC LIMIT 20" --begin 1h
  limno query "SELECT name, avg(value) FROM measures GROUP BY name" --begin 1d --format csv
  limno query - --begin 2026-01-31 --end 2026-02-01 --output january.parquet < question.sql

exit codes:
  0 answered   1 the query was refused or failed   2 wrong usage   3 the service is not reachable
  130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return _query(arguments)
    except QueryError as exc:
        print(f"limno: {exc.text}", file=sys.stderr)
        return UNREACHABLE if exc.code == "unavailable" else FAILED
    except KeyboardInterrupt:
        print("limno: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as exc:
        print(f"limno: {exc}", file=sys.stderr)
        return FAILED


def _query(arguments: argparse.Namespace) -> int:
    sql = sys.stdin.read() if arguments.sql == "-" else arguments.sql
    if not sql.strip():
        print("limno: no SQL given", file=sys.stderr)
        return USAGE
    output = None if arguments.output in {None, "-"} else Path(arguments.output)
    form = arguments.format or (_SUFFIXES.get(output.suffix.lower()) if output else None) or "table"
    if form == "parquet" and output is None and sys.stdout.isatty():
        print("limno: Parquet is not for a terminal: add --output FILE", file=sys.stderr)
        return USAGE
    begin_s = time.monotonic()
    with connect(arguments.uri) as lake:
        result = lake.query(sql, arguments.begin, arguments.end, limit=arguments.limit)
        with result:
            count = _written(result, form, output)
    if sys.stderr.isatty() or output is not None:
        plural = "" if count == 1 else "s"
        took_s = time.monotonic() - begin_s
        print(f"{count} row{plural} in {took_s:.2f} s", file=sys.stderr)
    return DONE


def _written(result: Result, form: str, output: Path | None) -> int:
    """Write the answer; a file appears under its name only when it is whole."""
    if output is None:
        out: IO[bytes] | IO[str] = sys.stdout.buffer if form == "parquet" else sys.stdout
        count = _rendered(result, form, out)
        out.flush()
        return count
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        if form == "parquet":
            with part.open("wb") as binary:
                count = _rendered(result, form, binary)
        else:
            with part.open("w", encoding="utf-8", newline="") as text:
                count = _rendered(result, form, text)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
    return count


def _rendered(result: Result, form: str, out: IO[bytes] | IO[str]) -> int:
    from limnograph.client.render import TEXT_FORMATS, write_parquet

    if form == "parquet":
        return write_parquet(result, out)  # type: ignore[arg-type]
    return TEXT_FORMATS[form](result, out)  # type: ignore[arg-type]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="limno",
        description="Ask a Limnograph lake.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"limno {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    query = commands.add_parser(
        "query",
        help="run one SQL SELECT and print its rows",
        description="Run one SQL SELECT and print its rows.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    query.add_argument("sql", metavar="SQL", help="the query; - reads it from standard input")
    query.add_argument("--begin", metavar="TIME", help="only events from then on")
    query.add_argument("--end", metavar="TIME", help="only events up to then")
    query.add_argument("--limit", metavar="N", type=_rows, help="at most N rows")
    query.add_argument(
        "--format",
        choices=_FORMATS,
        help="default: by the ending of --output, else table; json is one object a line",
    )
    query.add_argument("--output", metavar="FILE", help="write there instead of standard output")
    query.add_argument(
        "--uri",
        metavar="URI",
        help=f"grpc://host:port or http://host:port of the query service "
        f"(default: $LIMNO_QUERY_URI, else {QUERY_URI})",
    )
    return parser


def _rows(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ValueError(text)
    return count


def _version() -> str:
    try:
        return version("limnograph")
    except PackageNotFoundError:
        return "(from source)"


if __name__ == "__main__":
    sys.exit(main())
