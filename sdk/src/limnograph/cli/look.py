"""How an answer for people may look: what the terminal, the environment and the options say."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from limnograph.cli.limits import ROWS_SHOWN


@dataclass(frozen=True, slots=True)
class Look:
    """
    What a writer for people may do.

    Attributes:
        width: Columns to fit into; None: any.
        rows_max: Rows to show; the rest is counted. None: all.
        encoding: What the reader can read.
        colour: Escape sequences may be used.
    """

    width: int | None = None
    rows_max: int | None = None
    encoding: str = "utf-8"
    colour: bool = False

    @property
    def unicode(self) -> bool:
        """Whether every character can be written."""
        return self.encoding.lower().replace("_", "-").startswith("utf")

    @property
    def ellipsis(self) -> str:
        """What stands where a text was cut."""
        return "…" if self.unicode else "..."

    def printable(self, text: str) -> str:
        """Return *text* with what the reader cannot read as escapes."""
        if self.unicode or text.isascii():
            return text
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)


def look_at(out: IO[Any], rows: int | None, environ: Mapping[str, str] | None = None) -> Look:
    """Return how to write to *out*; *rows* is what the caller asks for, 0 all, None the default."""
    environ = os.environ if environ is None else environ
    terminal = out.isatty()
    shown = (ROWS_SHOWN if terminal else None) if rows is None else (rows or None)
    return Look(
        width=shutil.get_terminal_size().columns if terminal else None,
        rows_max=shown,
        encoding=getattr(out, "encoding", None) or "utf-8",
        colour=may_colour(out, environ),
    )


def may_colour(out: IO[Any], environ: Mapping[str, str]) -> bool:
    """Return whether escape sequences belong there: NO_COLOR and dumb terminals say no."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return out.isatty() and (sys.platform != "win32" or "WT_SESSION" in environ)
