"""From the command line to an exit code: parsing, and what every command does with errors."""

import argparse
import os
import re
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from limnograph.cli.catalog import COMMANDS
from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, FAILED, INTERRUPTED, MEANINGS, UNREACHABLE, USAGE
from limnograph.cli.output import say
from limnograph.client.errors import QueryError
from limnograph.client.profiles import ExposedKey, ProfileError

_OPTION = re.compile(r"-(?![0-9.]|$)")
_CODES = {"unavailable": UNREACHABLE, "client": USAGE}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    _open_standard_files()
    made = parser()
    if "_ARGCOMPLETE" in os.environ:
        from limnograph.cli.completion import complete

        complete(made)
    arguments, more = made.parse_known_args(argv)
    if more:
        # argparse takes what stands behind an option for no VALUE any more.
        options = [text for text in more if _OPTION.match(text)]
        if options or not hasattr(arguments, "values"):
            made.error(f"unrecognized arguments: {' '.join(options or more)}")
        arguments.values += more
    with warnings.catch_warnings():
        warnings.simplefilter("always", ExposedKey)
        warnings.showwarning = _warn
        return _code_of(arguments)


def _code_of(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except ProfileError as exc:
        say(exc.text)
        return USAGE
    except QueryError as exc:
        say(told(exc))
        return _CODES.get(exc.code, FAILED)
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough; what is still buffered must not fail at exit.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as exc:
        say(": ".join(str(part) for part in (exc.filename, exc.strerror or exc) if part))
        return FAILED
    return code


def _open_standard_files() -> None:
    """Open what was closed by whoever started the command: nothing else gets its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    made = argparse.ArgumentParser(
        prog="limno",
        description="Ask a Limnograph lake.",
        epilog=_epilog(COMMANDS[0].notes, COMMANDS[0].examples),
        formatter_class=_Help,
    )
    made.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        _add(commands, command)
    return made


def told(exc: QueryError) -> str:
    """Return an error as its lines on a terminal: the text, its place in the SQL, what to do."""
    from limnograph.client.caret import excerpt

    shown = excerpt(exc.sql, exc.line, exc.column) if exc.sql else ()
    text = exc.text
    if not shown and exc.line is not None:
        text = f"line {exc.line}, column {exc.column}: {text}"
    if not shown and exc.hint:
        return f"{text}; {exc.hint}"
    return "\n".join([text, *shown, *([f"hint: {exc.hint}"] if exc.hint else [])])


def _add(commands: Any, command: Command) -> None:
    sub = commands.add_parser(
        command.name,
        help=command.summary,
        description=command.doc,
        epilog=_epilog(command.notes, command.examples),
        formatter_class=_Help,
    )
    sub.set_defaults(run=command.run)
    command.arguments(sub)


def _epilog(notes: str, examples: Sequence[str]) -> str:
    codes = "\n".join(f"  {code:<5}{meaning}" for code, meaning in MEANINGS.items())
    lines = "\n".join(f"  {example}" for example in examples)
    parts = (notes, f"examples:\n{lines}", f"exit codes:\n{codes}")
    return "\n\n".join(part for part in parts if part)


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    say(f"warning: {message}")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of examples, and the longest command on the line of its summary."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)
        # argparse forgets that commands stand two characters further in than options.
        self._action_max_length = max(len(command.name) for command in COMMANDS) + 4


class _Version(argparse.Action):
    """Prints the version; what knows it is slow to import, so it is not asked before."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("limnograph")
        except PackageNotFoundError:
            found = "(from source)"
        print(f"limno {found}")
        parser.exit()
