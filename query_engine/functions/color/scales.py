"""
Colour scales: from a place between 0.0 and 1.0 to red, green and blue.

viridis, magma, plasma and inferno are tables of 256 colours; cividis and turbo are polynomials of
the fifth degree, their coefficients as published with d3-scale-chromatic, cut off to bytes.
"""

import polars as pl

from query_engine.functions.color import ramps
from query_engine.functions.color.channels import whole
from query_engine.functions.function import COLOR

TABLES = {
    "viridis": ramps.VIRIDIS,
    "magma": ramps.MAGMA,
    "plasma": ramps.PLASMA,
    "inferno": ramps.INFERNO,
}
POLYNOMIALS = {
    "cividis": (
        (-4.54, -35.34, 2381.73, -6402.7, 7024.72, -2710.57),
        (32.49, 170.73, 52.82, -131.46, 176.58, -67.37),
        (81.24, 442.36, -2482.43, 6167.24, -6614.94, 2475.67),
    ),
    "turbo": (
        (34.61, 1172.33, -10793.56, 33300.12, -38394.49, 14825.05),
        (23.31, 557.33, 1225.33, -3574.96, 1073.77, 707.56),
        (27.2, 3211.1, -15327.97, 27814.0, -22569.18, 6838.66),
    ),
}
"""For red, green and blue the factors of 1, t, t**2 and so on."""

NAMES = (*TABLES, *POLYNOMIALS)


def scale(name: str, t: pl.Expr) -> list[pl.Expr]:
    """Return red, green and blue of the scale *name* (lower case) at *t*, as bytes."""
    place = t.clip(0.0, 1.0).fill_nan(0.0)
    if name in POLYNOMIALS:
        return [whole(polynomial(factors, place)) for factors in POLYNOMIALS[name]]
    row = (place * 256.0).floor().clip(0.0, 255.0).cast(pl.Int64)
    return [pl.lit(channel).gather(row) for channel in table(name)]


def polynomial(factors: tuple[float, ...], x: pl.Expr) -> pl.Expr:
    """Return the value of a polynomial, lowest factor first."""
    value: pl.Expr = pl.lit(factors[-1])
    for factor in reversed(factors[:-1]):
        value = value * x + factor
    return value


def table(name: str) -> list[pl.Series]:
    """Return the red, green and blue of the 256 colours of a scale."""
    levels = bytes.fromhex(TABLES[name])
    return [pl.Series(c, list(levels[i::3]), dtype=COLOR) for i, c in enumerate("rgb")]
