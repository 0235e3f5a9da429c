"""
Small plots for the pages of the Dagster UI, as PNG.

Bars of one colour need no drawing library: the picture is an array, and words stand in the text
around it. A plot costs a millisecond and under a kilobyte, so that every run can afford one.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from orchestration.limits import PLOT_BYTES_MAX

WIDTH, HEIGHT = 360, 100

_PAPER, _GRID, _BAR = range(3)
_COLOURS = bytes((255, 255, 255, 214, 218, 226, 57, 107, 222))
_GRID_PARTS = 4
"""Grid lines divide width and height into so many parts."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE_8_BIT = (8, 3, 0, 0, 0)


def bars(values: Sequence[float]) -> bytes:
    """Return a PNG with a bar for each value, the greatest as high as the plot."""
    count = max(len(values), 1)
    greatest = max([*values, 0.0])
    scale = (HEIGHT - 2) / greatest if greatest > 0 else 0.0
    heights = np.ceil(np.array([*values] or [0.0], dtype=float).clip(min=0) * scale)
    column = np.arange(WIDTH)
    of_value = np.minimum(column * count // WIDTH, count - 1)
    between = (column + 1) * count // WIDTH != of_value  # the last pixel column of each bar
    high = np.where(between & (count * 3 <= WIDTH), 0, heights[of_value])
    level = HEIGHT - np.arange(HEIGHT)
    grid = (level % (HEIGHT // _GRID_PARTS) == 0)[:, None] | (column % (WIDTH // _GRID_PARTS) == 0)
    pixels = np.where(level[:, None] <= high[None, :], _BAR, np.where(grid, _GRID, _PAPER))
    pixels[-1] = np.where(pixels[-1] == _BAR, _BAR, _GRID)
    return png(pixels.astype(np.uint8))


def by_time(points: Iterable[tuple[datetime, float]], count: int) -> list[float]:
    """Return the greatest value of each of *count* equal spans of time; 0 where there is none."""
    known = sorted(points)
    values = [0.0] * count
    if not known:
        return values
    first, last = known[0][0], known[-1][0]
    width = (last - first).total_seconds() or 1.0
    for time, value in known:
        at = min(int((time - first).total_seconds() / width * count), count - 1)
        values[at] = max(values[at], value)
    return values


def png(pixels: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> bytes:
    """Return an array of colour numbers as a PNG."""
    height, width = pixels.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = pixels
    picture = _SIGNATURE + b"".join(
        [
            _chunk(b"IHDR", struct.pack(">II5B", width, height, *_PALETTE_8_BIT)),
            _chunk(b"PLTE", _COLOURS),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )
    assert len(picture) <= PLOT_BYTES_MAX, f"a plot of {len(picture)} bytes; every run keeps one"
    return picture


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
