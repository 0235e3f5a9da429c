"""Where an answer goes: standard output as it is, or a file that appears only when it is whole."""

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from limnograph.cli.formats import Format, format_for
from limnograph.cli.look import look_at

if TYPE_CHECKING:
    from limnograph.client import Result


class NotForTerminals(OSError):
    """Bytes would end up on a terminal."""


def say(text: str) -> None:
    """Tell the person at the terminal something that is no answer."""
    with suppress(OSError, ValueError):
        print(f"limno: {text}", file=sys.stderr, flush=True)


def chosen_format(arguments: Namespace) -> Format:
    """Return the format of the answer."""
    path = output_path(arguments)
    return format_for(arguments.format, path.suffix if path else None)


def output_path(arguments: Namespace) -> Path | None:
    """Return the file that the answer goes to, None for standard output."""
    return None if arguments.output in {None, "-"} else Path(arguments.output)


def write_answer(result: "Result", arguments: Namespace) -> int:
    """Write the answer as the options of ``add_answer`` say; return its rows."""
    return write_as(chosen_format(arguments), result, output_path(arguments), arguments.rows)


def write_as(form: Format, result: "Result", path: Path | None, rows: int | None = None) -> int:
    """Write an answer to a file that appears when it is whole, or to standard output."""
    with _stdout(form) if path is None else _file(path, form) as out:
        count = form.write(result, out, look_at(out, rows))
        out.flush()
    return count


@contextmanager
def _stdout(form: Format) -> Iterator[IO[Any]]:
    if form.binary:
        yield sys.stdout.buffer
        return
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and form.for_people:
        reconfigure(errors="backslashreplace")
    elif reconfigure is not None:
        reconfigure(encoding="utf-8", newline="\n")
    yield sys.stdout


@contextmanager
def _file(path: Path, form: Format) -> Iterator[IO[Any]]:
    def opened(place: Path) -> IO[Any]:
        if form.binary:
            return place.open("wb")
        return place.open("w", encoding="utf-8", newline="")

    target = path.resolve()
    if target.exists() and not target.is_file():  # a device or a pipe is written, not replaced
        with opened(target) as out:
            yield out
        return
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with opened(part) as out:
            yield out
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except OSError as exc:
        if exc.filename != str(part):
            raise
        raise OSError(exc.errno, exc.strerror, str(target)) from exc
    finally:
        part.unlink(missing_ok=True)
