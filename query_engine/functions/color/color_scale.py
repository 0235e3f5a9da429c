"""color_scale(name, t, alpha): a colour of a well-known scale."""

import polars as pl

from query_engine.functions.color.channels import byte, packed
from query_engine.functions.color.scales import NAMES, scale
from query_engine.functions.function import (
    COLOR,
    Argument,
    BadArgument,
    Example,
    Kind,
    Parameter,
    ScalarFunction,
    let,
)


def build(name: Argument, t: Argument, alpha: Argument) -> pl.Expr:
    """Look the colour up."""
    known = name.text.lower()
    if known not in NAMES:
        raise BadArgument(f"there is no scale {name.text!r}; there are: {', '.join(NAMES)}")
    return let([t, alpha], lambda place, a: packed([*scale(known, place), byte(a)]))


COLOR_SCALE = ScalarFunction(
    name="color_scale",
    group="Colours",
    parameters=(
        Parameter("name", Kind.TEXT, constant=True),
        Parameter("t", Kind.FLOAT),
        Parameter("alpha", Kind.FLOAT),
    ),
    returns=COLOR,
    build=build,
    doc=(
        f"The colour at t (0.0 to 1.0) of a scale: {', '.join(NAMES)}; in any capitals. "
        "t and alpha outside count as the nearest end."
    ),
    examples=(
        Example("SELECT color_scale('viridis', 0.0, 1.0)", str(0x440154FF)),
        Example("SELECT color_scale('turbo', 1.0, 0.5)", str(0x900C0080)),
    ),
)
