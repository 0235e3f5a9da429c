"""
Colours as numbers: 0xRRGGBBAA, a byte for each channel.

Rule: a channel is rounded half up and stays within 0..255; NaN is 0.
"""

from collections.abc import Sequence

import polars as pl

from query_engine.functions.function import COLOR

SHIFTS = (24, 16, 8, 0)
"""By how many bits red, green, blue and alpha stand left of the end."""


def byte(share: pl.Expr) -> pl.Expr:
    """Return the byte of a channel given as 0.0 to 1.0."""
    return rounded(share * 255.0)


def rounded(level: pl.Expr) -> pl.Expr:
    """Return the byte of a channel given as 0.0 to 255.0."""
    return whole(level + 0.5)


def whole(level: pl.Expr) -> pl.Expr:
    """Return the byte of a channel given as 0.0 to 255.0, cut off."""
    return level.clip(0.0, 255.0).fill_nan(0.0).floor().cast(COLOR)


def packed(channels: Sequence[pl.Expr]) -> pl.Expr:
    """Return the colour of four bytes."""
    parts = [
        channel * pl.lit(1 << shift, dtype=COLOR)
        for channel, shift in zip(channels, SHIFTS, strict=True)
    ]
    return parts[0] + parts[1] + parts[2] + parts[3]


def channels(color: pl.Expr) -> list[pl.Expr]:
    """Return the four bytes of a colour, as floats."""
    parts = [color // pl.lit(1 << shift, dtype=COLOR) % pl.lit(256, COLOR) for shift in SHIFTS]
    return [part.cast(pl.Float64) for part in parts]
