"""``limno trace``: a process's spans as a file for Perfetto's viewer, or another."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from limnograph.cli import asking, viewer_page
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, USAGE
from limnograph.cli.formats import Format
from limnograph.cli.options import TIMES, add_connection, add_range
from limnograph.cli.output import output_path, say, write_as
from limnograph.client.quoting import literal

_CHUNKS = Format("limnograph.cli.chunks", "write_chunks", binary=True)
_SHOWN = ("all", "thread", "async", "both", "trace")
_VIEWERS = {
    "perfetto": "https://ui.perfetto.dev",
    "chrome": "chrome://tracing",
    "speedscope": "https://www.speedscope.app",
}
_ENDINGS = {".speedscope.json": "speedscope", ".json": "chrome"}
"""File names that ask for a format; all others are Perfetto's."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("process_id", metavar="PROCESS", nargs="?", help="id of the process")
    parser.add_argument(
        "--trace-id",
        metavar="TRACE",
        help="instead of a process: all spans of that trace, of every process, with arrows between",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="the file; it appears when it is whole"
    )
    parser.add_argument(
        "--format",
        choices=tuple(_VIEWERS),
        help="default: by the ending of --output (.speedscope.json; .json: chrome), else perfetto",
    )
    parser.add_argument(
        "--show",
        choices=_SHOWN,
        default="all",
        help="thread: profile spans that nest in their thread; async: those of coroutines; both; "
        "trace: trace spans; all: all of these, logs and measures (default)",
    )
    add_range(parser)
    add_connection(parser)


def _run(arguments: Namespace) -> int:
    path = output_path(arguments)
    if path is None and sys.stdout.isatty():
        say("a trace is not for a terminal: add --output FILE")
        return USAGE
    if (arguments.process_id is None) == (arguments.trace_id is None):
        say("give the id of a process, or --trace-id")
        return USAGE
    form = arguments.format or _format_of(path)
    if arguments.trace_id is not None:
        call = f"export_trace({literal(arguments.trace_id)}, {literal(form)})"
    else:
        given = (arguments.process_id, arguments.show, form)
        call = f"export_process({', '.join(map(literal, given))})"
    with (
        asking.opened(arguments) as lake,
        lake.query(f"SELECT chunk_data FROM {call}", arguments.begin, arguments.end) as result,
    ):
        size = write_as(_CHUNKS, result, path)
    if path is not None:
        say(f"{size:,} bytes; open {path} at {_VIEWERS[form]}")
    if form == "perfetto":
        say(f"or open it in Perfetto without a file: {_page(arguments)}")
    return DONE


def _page(arguments: Namespace) -> str:
    uri, times = asking.wanted(arguments).uri, (arguments.begin, arguments.end)
    if arguments.trace_id is not None:
        return viewer_page.address(uri, f"perfetto/trace/{arguments.trace_id}", *times)
    shown = {} if arguments.show == "all" else {"show": arguments.show}
    return viewer_page.address(uri, f"perfetto/{arguments.process_id}", *times, **shown)


def _format_of(path: Path | None) -> str:
    """Return the format that a file's name asks for."""
    name = "" if path is None else path.name.lower()
    return next((form for ending, form in _ENDINGS.items() if name.endswith(ending)), "perfetto")


TRACE = Command(
    name="trace",
    summary="export a process or a trace for Perfetto's viewer, or another",
    doc="Write the spans of a process, its logs and measures, or a whole trace, as a file: for "
    "ui.perfetto.dev, for readers of Chrome's trace events, or for speedscope.app.",
    notes=TIMES,
    examples=(
        "limno trace 6e2a4c1e-5f0b-4c3d-9b1a-0d6f6f5f2a11 -o shop.perfetto-trace --begin 10m",
        "limno trace 6e2a4c1e-5f0b-4c3d-9b1a-0d6f6f5f2a11 -o shop.speedscope.json",
        "limno trace --trace-id 4bf92f3577b34da6a3ce929d0e0e4736 -o request.perfetto-trace",
    ),
    arguments=_arguments,
    run=_run,
)
