"""orchestration.plots: what a plot shows, read back from its bytes, and how small it is."""

import random
import struct
import zlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orchestration.limits import PLOT_BYTES_MAX
from orchestration.plots import HEIGHT, WIDTH, bars, by_time

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BAR = 2


def pixels_of(png: bytes) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    """Return the colour numbers of a picture; every chunk's checksum holds."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + size
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    assert (width, height) == (WIDTH, HEIGHT)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    return lines[:, 1:]


def heights(png: bytes, count: int) -> list[int]:
    """Return how high the bar of each value is, in pixels."""
    high = (pixels_of(png) == BAR).sum(axis=0)
    width = WIDTH // count
    return [int(high[n * width]) for n in range(count)]


def test_bars_are_as_high_as_their_values() -> None:
    """
    The greatest fills the plot, half of it fills half, nothing is nothing, one of many is seen.
    """
    full, half, none, little = heights(bars([1000, 500, 0, 1]), 4)
    assert full == HEIGHT - 2
    assert half == (HEIGHT - 2) / 2
    assert (none, little) == (0, 1)


@pytest.mark.parametrize("values", [[], [0.0], [0.0] * 60, [-1.0, -2.0]])
def test_nothing_to_show_is_an_empty_plot(values: list[float]) -> None:
    """
    An hour in which nothing arrived has a picture too.
    """
    assert not (pixels_of(bars(values)) == BAR).any()


@pytest.mark.parametrize("count", [1, 60, 160, WIDTH, 3 * WIDTH])
def test_a_plot_stays_below_its_limit_whatever_it_shows(count: int) -> None:
    """
    PLOT_BYTES_MAX: Dagster's database keeps every plot; noise is the worst there is.
    """
    noise = random.Random(count)
    assert len(bars([noise.random() for _ in range(count)])) <= PLOT_BYTES_MAX / 2


def test_points_over_time_become_the_greatest_of_each_span() -> None:
    """
    A short peak is never lost between two bars.
    """
    points = [(NOON + timedelta(minutes=n), float(n == 30)) for n in range(61)]
    shown = by_time(points, 6)
    assert shown == [0, 0, 0, 1, 0, 0]
    assert by_time([], 3) == [0, 0, 0]
    assert by_time([(NOON, 7.0)], 3) == [7, 0, 0]
