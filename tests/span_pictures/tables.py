"""An answer as a table, for pictures: what a terminal shows, in the style of the others."""

from datetime import datetime, timedelta

import polars as pl

from tests.span_pictures.svg import CHARACTER, FAINT, GRID, INK, Drawing, milliseconds

ROW, GAP, WIDEST = 17, 18, 64


def draw(answer: pl.DataFrame, *, lengths: tuple[str, ...] = (), bars: tuple[str, ...] = ()) -> str:
    """
    Return the table.

    Args:
        answer: The rows.
        lengths: Columns of nanoseconds, shown as times.
        bars: Those of them that are drawn as bars as well, all in one scale.
    """
    cells = {
        name: [_cell(value, length=name in lengths) for value in answer[name]]
        for name in answer.columns
    }
    widths = {
        name: max([len(name), *map(len, texts)]) * CHARACTER * 1.04 + (90 if name in bars else 0)
        for name, texts in cells.items()
    }
    drawing = Drawing(sum(widths.values()) + GAP * len(widths) + 4, (answer.height + 1) * ROW + 8)
    most = max((abs(value or 0) for name in bars for value in answer[name]), default=1) or 1
    x = 4.0
    for name, texts in cells.items():
        drawing.text(x, ROW - 4, name, FAINT)
        for at, text in enumerate(texts, 1):
            drawing.text(x, (at + 1) * ROW - 4, text, INK)
            if name in bars and (value := answer[name][at - 1]):
                width = 80 * abs(value) / most
                right = x + widths[name] - 84
                drawing.box(right, at * ROW + 3, width, ROW - 7, _bar_color(value))
        x += widths[name] + GAP
    drawing.line([(0, ROW + 1), (drawing.width, ROW + 1)], GRID)
    return drawing.markup()


def _bar_color(value: float) -> str:
    return "#f4a582" if value > 0 else "#92c5de"


def _cell(value: object, *, length: bool) -> str:
    if value is None:
        return ""
    if length and isinstance(value, int | float):
        return milliseconds(value) if value >= 0 else f"-{milliseconds(-value)}"
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S.%f}"[:-3]
    if isinstance(value, timedelta):
        return str(value)
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
