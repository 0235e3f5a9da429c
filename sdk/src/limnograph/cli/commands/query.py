"""``limno query``: one SELECT, its rows in any form."""

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from limnograph.cli import asking
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, USAGE
from limnograph.cli.options import TIMES, add_answer, add_connection, add_range, rows
from limnograph.cli.output import chosen_format, output_path, say, write_answer


class WrongUsage(Exception):
    """The arguments do not fit together."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "sql", metavar="SQL", nargs="?", help="the query; - or nothing reads it from standard input"
    )
    parser.add_argument("values", metavar="VALUE", nargs="*", help="values of ? or $1, $2, ...")
    parser.add_argument("--file", metavar="FILE", help="read the query from a file")
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="value of :NAME in the query; may be repeated",
    )
    add_range(parser)
    parser.add_argument("--limit", metavar="N", type=rows, help="at most N rows")
    parser.add_argument(
        "--on-demand",
        choices=("wait", "tail"),
        help="what the service does when much of what is read is in no table yet: wait while it is "
        "built, or read the tail at once; the rows are the same (default: as the service is set)",
    )
    add_answer(parser)
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    try:
        sql, values = _question(arguments)
        params = _params(arguments.param, values)
    except WrongUsage as exc:
        say(str(exc))
        return USAGE
    output = output_path(arguments)
    if chosen_format(arguments).binary and output is None and sys.stdout.isatty():
        say("Parquet is not for a terminal: add --output FILE")
        return USAGE
    begin_s = time.monotonic()
    with (
        asking.opened(arguments) as lake,
        lake.query(
            sql,
            arguments.begin,
            arguments.end,
            params,
            limit=arguments.limit,
            on_demand=arguments.on_demand,
        ) as result,
    ):
        count = write_answer(result, arguments)
    if sys.stderr.isatty() or output is not None:
        plural = "" if count == 1 else "s"
        took_s = time.monotonic() - begin_s
        print(f"{count:,} row{plural} in {took_s:.2f} s", file=sys.stderr)
    return DONE


def _question(arguments: Namespace) -> tuple[str, list[str]]:
    """Return the text of the query, and the values that follow it."""
    given, values = arguments.sql, list(arguments.values)
    try:
        if arguments.file is not None:
            values = [given, *values] if given is not None else values
            sql = sys.stdin.buffer.read() if arguments.file == "-" else _content(arguments.file)
        elif given is None or given == "-":
            if given is None and sys.stdin.isatty():
                raise WrongUsage("no SQL given: limno query 'SELECT ...', --file FILE, or a pipe")
            sql = sys.stdin.buffer.read()
        else:
            sql = given.encode()
        text = sql.decode("utf-8-sig")
    except UnicodeError as exc:
        raise WrongUsage("the SQL is not UTF-8 text") from exc
    if not text.strip():
        raise WrongUsage("no SQL given")
    return text, values


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise WrongUsage(f"--file {path}: {exc.strerror}") from exc


def _params(named: list[str], values: list[str]) -> list[str] | dict[str, str] | None:
    if named and values:
        raise WrongUsage("a query has values by name (--param) or by position, not both")
    found: dict[str, str] = {}
    for text in named:
        name, sign, value = text.partition("=")
        name = name.removeprefix(":")
        if not sign or not name.isidentifier():
            raise WrongUsage(f"--param {text!r} is not NAME=VALUE")
        if name in found:
            raise WrongUsage(f"--param {name} is given twice")
        found[name] = value
    return found or values or None


QUERY = Command(
    name="query",
    summary="run one SQL SELECT and print its rows",
    doc="Run one SQL SELECT and print its rows.",
    notes=TIMES,
    examples=(
        'limno query "SELECT time, msg FROM log_entries ORDER BY time DESC LIMIT 20" --begin 1h',
        'limno query "SELECT name, avg(value) FROM measures GROUP BY name" --begin 1d --format csv',
        'limno query --param level=2 "SELECT msg FROM log_entries WHERE level <= :level"',
        'limno query --format ndjson "SELECT msg FROM log_entries WHERE exe = ?" shop',
        "limno query --begin 2026-01-31 --end 2026-02-01 --output january.parquet < question.sql",
    ),
    arguments=_arguments,
    run=_run,
)
