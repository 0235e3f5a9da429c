"""
Answers as an aligned table that fits the terminal.

Rule: no more than ``ROWS_SHOWN`` rows are held. The widths are taken from these; what follows is
counted, or, where everything is to be written, written with the same widths.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from limnograph.cli.limits import CELL_WIDTH_MAX, CELL_WIDTH_MIN, ROWS_SHOWN
from limnograph.cli.look import Look
from limnograph.cli.width import cut, padded, visible, width_of
from limnograph.client.values import is_number, rows_of, text_of

if TYPE_CHECKING:
    from limnograph.client import Result

_GAP = "  "
_TIME = re.compile(r"(.*?T\d\d:\d\d:\d\d)(?:\.(\d{9}))?(Z?)")

Row = Sequence[str]


def write_table(result: "Result", out: IO[str], look: Look) -> int:
    """Write aligned columns, numbers to the right; return the rows, shown or not."""
    sample_rows = min(ROWS_SHOWN, look.rows_max or ROWS_SHOWN)
    batches = iter(result)
    sample: list[Row] = []
    rest: Iterator[Row] = iter(())
    hidden = 0
    for batch in batches:
        room = sample_rows - len(sample)
        sample += _rows(batch.slice(0, room), look)
        if batch.num_rows >= room:
            rest = _rows(batch.slice(room), look)
            hidden = max(0, batch.num_rows - room)
            break
    shown = _Layout(result.schema, sample, look)
    shown.write_head(out)
    for row in sample:
        shown.write(row, out)
    count = len(sample)
    if look.rows_max is not None and count >= look.rows_max:
        hidden += sum(batch.num_rows for batch in batches)
        count += hidden
    else:
        for row in rest:
            shown.write(row, out)
        count += hidden
        for batch in batches:
            for row in _rows(batch, look):
                shown.write(row, out)
            count += batch.num_rows
        hidden = 0
    for line in (_more(hidden, look), shown.left_out()):
        out.write(f"{line}\n" if line else "")
    return count


def _rows(batch: pa.RecordBatch, look: Look) -> Iterator[Row]:
    for row in rows_of(batch):
        yield ["" if value is None else look.printable(visible(text_of(value))) for value in row]


def _more(hidden: int, look: Look) -> str:
    if not hidden:
        return ""
    plural = "" if hidden == 1 else "s"
    return f"{look.ellipsis} and {hidden:,} more row{plural} (--rows 0 shows all)"


class _Layout:
    """Which columns are shown, how wide, and how their values are written."""

    def __init__(self, schema: pa.Schema, sample: Sequence[Row], look: Look) -> None:
        self._look = look
        self._names = [look.printable(visible(name)) for name in schema.names]
        self._right = [is_number(field.type) for field in schema]
        columns = list(zip(*sample, strict=True)) if sample else [()] * len(schema)
        self._shorten: list[Callable[[str], str]] = [
            _shortener(values) if look.width and pa.types.is_timestamp(field.type) else str
            for field, values in zip(schema, columns, strict=True)
        ]
        widest = [
            max([0, *(width_of(shorten(value)) for value in values)])
            for shorten, values in zip(self._shorten, columns, strict=True)
        ]
        wanted = [
            min(CELL_WIDTH_MAX, max(width, width_of(name)))
            for width, name in zip(widest, self._names, strict=True)
        ]
        needed = [
            min(wish, max(width, min(wish, CELL_WIDTH_MIN)))
            if right or pa.types.is_temporal(field.type)
            else min(wish, CELL_WIDTH_MIN)
            for field, wish, width, right in zip(schema, wanted, widest, self._right, strict=True)
        ]
        self._widths = fitted(wanted, needed, look.width)

    def write_head(self, out: IO[str]) -> None:
        """Write the names and a line below them."""
        self._write(self._names, out)
        self._write(["-" * width for width in self._widths], out)

    def write(self, row: Row, out: IO[str]) -> None:
        """Write one row."""
        self._write([shorten(v) for shorten, v in zip(self._shorten, row, strict=True)], out)

    def left_out(self) -> str:
        """Return what to say of columns that are not shown."""
        names = self._names[len(self._widths) :]
        if not names:
            return ""
        text = (
            f"{self._look.ellipsis} and {len(names)} more columns (--format vertical shows all): "
        )
        return cut(text + ", ".join(names), self._look.width or CELL_WIDTH_MAX, self._look.ellipsis)

    def _write(self, cells: Row, out: IO[str]) -> None:
        # A row that was not in the sample may be wider; it is cut only where it must fit.
        parts = [
            padded(
                cut(cell, width if self._look.width else max(width, CELL_WIDTH_MAX),
                    self._look.ellipsis),
                width, right=right,
            )
            for cell, width, right in zip(cells, self._widths, self._right, strict=False)
        ]  # fmt: skip
        out.write(_GAP.join(parts).rstrip() + "\n")


def fitted(wanted: Sequence[int], needed: Sequence[int], room: int | None) -> list[int]:
    """
    Return the widths of the columns that are shown, from the first on.

    The widest give way first, down to what each needs; columns that do not fit even then are left
    out, but never the first.
    """
    if room is None or not wanted:
        return list(wanted)
    count = len(wanted)
    while count > 1 and sum(needed[:count]) + len(_GAP) * (count - 1) > room:
        count -= 1
    wanted, needed = wanted[:count], needed[:count]
    room = max(room - len(_GAP) * (count - 1), 1)
    most = max(wanted)
    while most > 0:
        widths = [max(need, min(wish, most)) for wish, need in zip(wanted, needed, strict=True)]
        spare = room - sum(widths)
        if spare >= 0:
            break
        most -= 1
    if count == 1:
        return [min(wanted[0], room)]
    for at, wish in enumerate(wanted):
        if spare > 0 and widths[at] < wish:
            widths[at] += 1
            spare -= 1
    return widths


def _shortener(values: Sequence[str]) -> Callable[[str], str]:
    """Return what leaves out the digits of a second that are zero in the whole column."""
    fractions = [found[2] or "" for value in values if (found := _TIME.fullmatch(value))]
    digits = max([0, *(-(-len(fraction.rstrip("0")) // 3) * 3 for fraction in fractions)])

    def shorten(value: str) -> str:
        found = _TIME.fullmatch(value)
        if not found or not found[2]:
            return value
        return found[1] + (f".{found[2][:digits]}" if digits else "") + found[3]

    return shorten
