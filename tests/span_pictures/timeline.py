"""Lanes over a common time: bars by depth, marks, and curves, as viewers of traces show them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.span_pictures.svg import FAINT, INK, RED, Drawing, color_of, milliseconds

WIDTH, LABEL, BAR, GAP, CURVE, MARK = 1000, 190, 13, 7, 26, 6

Place = Callable[[int], float]
"""Where a moment stands."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A span; ``marked`` are the stretches of it that are drawn in red beneath, ns."""

    begin: int
    end: int
    name: str
    depth: int = 0
    marked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """What stands beside one label: bars, moments, or the values of a curve."""

    label: str
    bars: Sequence[Bar] = ()
    moments: Sequence[int] = ()
    values: Sequence[tuple[int, float]] = field(default=())

    @property
    def height(self) -> int:
        """How high it is."""
        deepest = max((bar.depth for bar in self.bars), default=0)
        marks = MARK if any(bar.marked for bar in self.bars) else 0
        return CURVE if self.values else (deepest + 1) * BAR + marks


def draw(lanes: Sequence[Lane], begin: int, end: int) -> str:
    """Return the lanes from *begin* to *end*, ns."""
    drawing = Drawing(WIDTH, 24 + sum(lane.height + GAP for lane in lanes))
    room = WIDTH - LABEL - 4

    def at(moment: int) -> float:
        return LABEL + room * (min(max(moment, begin), end) - begin) / (end - begin)

    for tick in range(0, end - begin + 1, _step(end - begin)):
        x = at(begin + tick)
        drawing.line([(x, 16), (x, drawing.height)])
        if x < WIDTH - 52:
            drawing.text(x + 2, 11, milliseconds(tick), FAINT)
    y = 22.0
    for lane in lanes:
        drawing.text(4, y + min(lane.height, BAR) - 3, _cut(lane.label), INK)
        for bar in lane.bars:
            if bar.end >= begin and bar.begin <= end:
                _bar(drawing, bar, at, y + bar.depth * BAR)
        for moment in lane.moments:
            if begin <= moment <= end:
                drawing.box(at(moment) - 0.7, y, 1.5, BAR - 1, RED)
        if lane.values:
            _curve(drawing, lane, at, y)
        y += lane.height + GAP
        drawing.line([(0, y - GAP / 2), (WIDTH, y - GAP / 2)])
    return drawing.markup()


def _bar(drawing: Drawing, bar: Bar, at: Place, y: float) -> None:
    x = at(bar.begin)
    drawing.box(x, y, at(bar.end) - x, BAR - 1, color_of(bar.name), text=bar.name)
    for first, last in bar.marked:
        drawing.box(at(first), y + BAR, at(last) - at(first), MARK - 2, RED)


def _curve(drawing: Drawing, lane: Lane, at: Place, y: float) -> None:
    low, high = min(v for _, v in lane.values), max(v for _, v in lane.values)
    scale = (CURVE - 4) / ((high - low) or 1)
    points = [(at(moment), y + CURVE - 2 - (value - low) * scale) for moment, value in lane.values]
    drawing.line(points, FAINT)
    drawing.text(4, y + BAR + 9, f"{low:.4g} to {high:.4g}", FAINT)


def _cut(label: str) -> str:
    most = int((LABEL - 8) / 6.3)
    return label if len(label) <= most else label[: most - 1] + "…"


def _step(length: int) -> int:
    """Return a round distance of ticks, ns, so that there are four to ten of them."""
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if length / (unit * factor) <= 10:
                return unit * factor
        unit *= 10
