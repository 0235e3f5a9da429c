"""Answers with one line for each value: for rows that are too wide for a table."""

from typing import IO, TYPE_CHECKING

from limnograph.cli.look import Look
from limnograph.cli.width import padded, visible, width_of
from limnograph.client.values import rows_of, text_of

if TYPE_CHECKING:
    from limnograph.client import Result


def write_vertical(result: "Result", out: IO[str], look: Look) -> int:
    """Write ``name  value`` lines under a heading for each row; return the rows, shown or not."""
    names = [look.printable(visible(name)) for name in result.schema.names]
    width = max([0, *map(width_of, names)])
    count = 0
    for batch in result:
        shown = batch.num_rows if look.rows_max is None else max(0, look.rows_max - count)
        for number, row in enumerate(rows_of(batch.slice(0, shown)), count + 1):
            out.write(f"-- row {number}\n")
            for name, value in zip(names, row, strict=True):
                text = "" if value is None else look.printable(visible(text_of(value)))
                out.write(f"{padded(name, width, right=False)}  {text}".rstrip() + "\n")
        count += batch.num_rows
    if look.rows_max is not None and count > look.rows_max:
        out.write(f"{look.ellipsis} and {count - look.rows_max:,} more (--rows 0 shows all)\n")
    return count
