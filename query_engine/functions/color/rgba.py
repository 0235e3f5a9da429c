"""rgba(red, green, blue, alpha): a colour of four channels from 0.0 to 1.0."""

from query_engine.functions.color.channels import byte, packed
from query_engine.functions.function import COLOR, Example, Kind, Parameter, ScalarFunction

RGBA = ScalarFunction(
    name="rgba",
    group="Colours",
    parameters=tuple(Parameter(name, Kind.FLOAT) for name in ("red", "green", "blue", "alpha")),
    returns=COLOR,
    build=lambda *channels: packed([byte(channel.expr) for channel in channels]),
    doc=(
        "The colour 0xRRGGBBAA of four channels from 0.0 to 1.0, each rounded half up to a byte; "
        "what lies outside counts as the nearest end, NaN as 0."
    ),
    examples=(
        Example("SELECT rgba(1, 0, 0, 1)", "4278190335"),
        Example("SELECT rgba(2.0, -1.0, 0.5, 1.0)", "4278223103"),
    ),
)
