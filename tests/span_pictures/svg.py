"""A drawing of rectangles, lines and texts as SVG, in one style for all pictures of a page."""

from html import escape
from zlib import crc32

FONT = "DejaVu Sans, sans-serif"
CHARACTER = 6.3
"""Width of one character on average: texts are cut to what fits."""

INK, FAINT, GRID, RED = "#24292f", "#6e7781", "#d8dee4", "#cf222e"
_WARM = ("#f6b26b", "#f9cb9c", "#ffd966", "#f4a582", "#e6b8af", "#fddbb0", "#eac675", "#f7c6a0")


def color_of(name: str) -> str:
    """Return the colour of what is called so: the same in every picture."""
    return _WARM[crc32(name.encode()) % len(_WARM)]


class Drawing:
    """What is drawn so far; lengths are pixels, from the upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def box(
        self, x: float, y: float, width: float, height: float, color: str, *, text: str = ""
    ) -> None:
        """Draw a filled rectangle, and in it as much of a text as there is room for."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.7):.1f}" height="{height:.1f}"'
            f' fill="{color}" stroke="#fff" stroke-width="{0.5 if width > 2 else 0}"/>'
        )
        room = int((width - 6) / CHARACTER)
        if text and room >= 4:
            shown = text if len(text) <= room else text[: room - 1] + "…"
            self.text(x + 4, y + height / 2 + 4, shown)

    def text(self, x: float, y: float, text: str, color: str = INK) -> None:
        """Write a line; *y* is its foot."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}"'
            f' xml:space="preserve">{escape(text)}</text>'
        )

    def line(self, points: list[tuple[float, float]], color: str = GRID) -> None:
        """Draw a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{color}"/>')

    def markup(self) -> str:
        """Return the SVG."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}"'
            f' height="{self.height:.0f}" font-family="{FONT}" font-size="11">'
            f'<rect width="100%" height="100%" fill="#fff"/>{"".join(self._parts)}</svg>'
        )


def milliseconds(ns: float) -> str:
    """Return a length of time as people write it."""
    return f"{ns / 1e6:.1f} ms" if ns < 1e9 else f"{ns / 1e9:.2f} s"
