"""A flame graph from the rows of flame(): width is time, below each path what it called."""

import polars as pl

from tests.span_pictures.svg import FAINT, Drawing, color_of, milliseconds

WIDTH, ROW = 1000, 20


def draw(flame: pl.DataFrame) -> str:
    """Return the graph of all columns of flame() but ``self`` and the extremes."""
    roots = flame.filter(pl.col("parent_path").is_null())
    total = int(roots["inclusive"].sum())
    deepest = int(flame["depth"].cast(pl.Int64).max() or 0)  # type: ignore[arg-type]
    drawing = Drawing(WIDTH, (deepest + 1) * ROW + 22)
    left: dict[str | None, float] = {None: 0.0}
    # Parents come before their children, and of siblings the one that took longest is first.
    for row in flame.sort("depth", "inclusive", "path", descending=[False, True, False]).rows(
        named=True
    ):
        width = WIDTH * row["inclusive"] / total
        x = left[row["parent_path"]]
        left[row["parent_path"]] = x + width
        left[row["path"]] = x
        label = f"{row['name']} ({row['count']} calls, {milliseconds(row['inclusive'])})"
        drawing.box(x, row["depth"] * ROW, width, ROW - 1, color_of(row["name"]), text=label)
    said = f"{milliseconds(total)} in spans of all threads; width is inclusive time"
    drawing.text(2, drawing.height - 6, said, FAINT)
    return drawing.markup()
