"""The forms of an answer, by name; each is a function of an answer and where it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limnograph.cli.look import Look
    from limnograph.client import Result


@dataclass(frozen=True, slots=True)
class Format:
    """
    One form.

    Attributes:
        module: Where its writer is; imported when it is used.
        writer: Its function: ``(result, out) -> rows``, with a ``Look`` for people's forms.
        endings: File names that ask for it.
        binary: It is bytes, and not for a terminal.
        for_people: It may cut and leave out what does not fit; else it is whole and UTF-8.
    """

    module: str
    writer: str
    endings: tuple[str, ...] = ()
    binary: bool = False
    for_people: bool = False

    def write(self, result: "Result", out: IO[Any], look: "Look") -> int:
        """Write the answer; return its rows."""
        write: Callable[..., int] = getattr(import_module(self.module), self.writer)
        return write(result, out, look) if self.for_people else write(result, out)


_RENDER = "limnograph.client.render"

FORMATS: Mapping[str, Format] = {
    "table": Format("limnograph.cli.table", "write_table", (".txt",), for_people=True),
    "vertical": Format("limnograph.cli.vertical", "write_vertical", for_people=True),
    "csv": Format(_RENDER, "write_csv", (".csv",)),
    "json": Format(_RENDER, "write_json", (".json",)),
    "ndjson": Format(_RENDER, "write_ndjson", (".ndjson", ".jsonl")),
    "parquet": Format(_RENDER, "write_parquet", (".parquet",), binary=True),
}


def format_for(name: str | None, ending: str | None) -> Format:
    """Return the format that is asked for by name, else by a file's ending, else the table."""
    if name is not None:
        return FORMATS[name]
    for found in FORMATS.values():
        if ending and ending.lower() in found.endings:
            return found
    return FORMATS["table"]
