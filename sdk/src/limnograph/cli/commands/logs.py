"""``limno logs``: log entries as lines, and new ones as they come."""

import os
import select
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from limnograph.cli import asking
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE
from limnograph.cli.limits import FOLLOW_INTERVAL_S, LOG_ROWS, RETRY_SECONDS
from limnograph.cli.options import TIMES, add_connection, rows
from limnograph.cli.output import say
from limnograph.client.errors import QueryError

if TYPE_CHECKING:
    from limnograph.cli.log_query import LogQuery

LEVELS = "fatal, error, warning, info, debug, trace"
Write = Callable[[Iterable[Mapping[str, Any]]], None]


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--follow", action="store_true", help="go on with new entries until Ctrl-C"
    )
    parser.add_argument(
        "--process", metavar="NAME", help="only of that program, or of the process with that id"
    )
    parser.add_argument(
        "--level", metavar="LEVEL", type=_level, help=f"only that level and worse ({LEVELS})"
    )
    parser.add_argument(
        "--search", metavar="TEXT", help="only with that in the message, whatever its case"
    )
    parser.add_argument("--since", metavar="TIME", default="1h", help="from then on (default: 1h)")
    parser.add_argument("--until", metavar="TIME", help="up to then")
    parser.add_argument(
        "--limit",
        metavar="N",
        type=rows,
        default=LOG_ROWS,
        help=f"the newest N of these (default: {LOG_ROWS})",
    )
    parser.add_argument("--properties", action="store_true", help="show the properties as well")
    parser.add_argument(
        "--format", choices=("text", "ndjson"), default="text", help="ndjson: all columns, a JSON "
        "object a line",
    )  # fmt: skip
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    from limnograph.cli.log_query import LogQuery

    write = _writer(arguments)
    # Following asks again by itself, and says so.
    retry_seconds = 0.0 if arguments.follow else None
    with asking.opened(arguments, progress=False, retry_seconds=retry_seconds) as lake:
        query = LogQuery(lake, arguments)
        if not arguments.follow:
            write(query.newest())
            return DONE
        try:
            _follow(query, write)
        except KeyboardInterrupt:
            # The way to end it: nothing went wrong.
            return DONE
    return DONE


def _follow(query: "LogQuery", write: Write) -> None:
    from limnograph.cli.follow import Tail
    from limnograph.cli.log_query import time_ns

    tail = Tail(query)
    write(
        row
        for row in query.newest()
        if tail.is_history(row["block_id"], time_ns(row["insert_time"]))
    )
    failures = 0
    while not _reader_left():
        try:
            for entries in tail.look():
                write(entries)
        except QueryError as exc:
            if not exc.transient:
                raise
            if not failures:
                say(f"{exc.text}; trying again")
            time.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1
        else:
            if failures:
                say("the service answers again")
            failures = 0
            time.sleep(FOLLOW_INTERVAL_S)


def _writer(arguments: Namespace) -> Write:
    from limnograph.cli.log_lines import json_line, text_line
    from limnograph.cli.look import look_at

    json = arguments.format == "ndjson"
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(**({"encoding": "utf-8"} if json else {"errors": "backslashreplace"}))
    look = look_at(sys.stdout, None)
    line = json_line if json else text_line(look, properties=arguments.properties)

    def write(entries: Iterable[Mapping[str, Any]]) -> None:
        sys.stdout.write("".join(map(line, entries)))
        sys.stdout.flush()

    return write


def _reader_left() -> bool:
    """Return whether nobody reads standard output any more; a pipe tells only who asks."""
    if os.name != "posix":
        return False
    try:
        asked = select.poll()
        asked.register(sys.stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in asked.poll(0))
    except (OSError, ValueError):
        return False


def _level(text: str) -> int:
    from limnograph.cli.log_lines import level_number

    try:
        return level_number(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no level: {LEVELS}, or 1 to 6") from None


LOGS = Command(
    name="logs",
    summary="show log entries, and follow new ones",
    doc="Show the newest log entries in the order of time; with --follow, new ones as they come.",
    notes=TIMES,
    examples=(
        "limno logs",
        "limno logs --follow --level warning",
        'limno logs --process shop --search "time-out" --since 1d --limit 500',
        "limno logs -f --format ndjson | jq .msg",
    ),
    arguments=_arguments,
    run=_run,
)
