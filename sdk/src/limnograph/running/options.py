"""The command line of ``run``: our options, then the program's own."""

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from limnograph.integrations.automatic import LIBRARIES

_LIBRARIES = {name.partition(".")[0]: name for name in LIBRARIES}

TRACE = "LIMNO_TRACE"
TRACE_MIN_DURATION = "LIMNO_TRACE_MIN_DURATION_S"
WITHOUT = "LIMNO_RUN_WITHOUT"

_EPILOG = f"""\
Everything that limnograph.init takes from the environment is taken here, too: LIMNO_SERVICE,
LIMNO_INGEST_URI, LIMNO_PROCESS_PROPERTIES... {TRACE}, {TRACE_MIN_DURATION} and {WITHOUT}
stand for --trace, --trace-min-duration and --without.
"""


class Options(NamedTuple):
    """
    What is to run, and what is recorded of it besides what ``init`` was told.

    Attributes:
        kind: ``script``, ``module`` or ``code``.
        program: Its path, name or text; ``args`` are the program's own arguments.
        trace: Patterns for ``trace_modules``.
        without: Those of LIBRARIES that are left alone.
    """

    kind: str
    program: str
    args: tuple[str, ...]
    service: str | None
    endpoint: str | None
    level: str | None
    properties: Mapping[str, str]
    trace: tuple[str, ...]
    trace_min_duration_s: float
    without: frozenset[str]


def parsed(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> Options:
    """Return what a command line means; one that means nothing ends the process, as usual."""
    parser = _parser()
    found = parser.parse_args(argv)
    if found.module:
        kind, (program, *args) = "module", found.module
    elif found.code:
        kind, (program, *args) = "code", found.code
    elif found.program:
        kind, (program, *args) = "script", found.program
    else:
        parser.error("nothing to run: name a script, -m module or -c code")
    without = _listed(found.without or [environ.get(WITHOUT, "")])
    unknown = sorted(set(without) - set(_LIBRARIES))
    if unknown:
        parser.error(f"--without: no {', '.join(unknown)}; there are {', '.join(_LIBRARIES)}")
    least = found.trace_min_duration
    if least is None:
        least = _seconds(environ.get(TRACE_MIN_DURATION, ""))
    return Options(
        kind=kind,
        program=program,
        args=tuple(args),
        service=found.service,
        endpoint=found.endpoint,
        level=found.level,
        properties=dict(found.property or []),
        trace=tuple(_listed(found.trace or [environ.get(TRACE, "")])),
        trace_min_duration_s=least,
        without=frozenset(_LIBRARIES[name] for name in without),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m limnograph run",
        usage="%(prog)s [options] (script | -m module | -c code) [args ...]",
        description="Run a Python program as python does, recorded without being touched.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--service", help="name of the program in queries")
    add("--endpoint", metavar="URI", help="address of the receiver")
    add("--level", help="most detailed log level to keep")
    add("--property", action="append", type=_pair, metavar="KEY=VALUE", help="a fact about the run")
    add("--trace", action="append", metavar="MODULES", help='functions to trace, as "shop.*"')
    add("--trace-min-duration", type=float, metavar="SECONDS", help="leave shorter calls out")
    add(
        "--without",
        action="append",
        metavar="LIBRARY",
        help=f"leave a library alone: {', '.join(_LIBRARIES)}",
    )
    add("-m", dest="module", nargs=argparse.REMAINDER, metavar="module", help="run a module")
    add("-c", dest="code", nargs=argparse.REMAINDER, metavar="code", help="run a text")
    add("program", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no KEY=VALUE")
    return key, value


def _listed(texts: Sequence[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _seconds(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
