"""Functions of colours, in the order of the reference page."""

from query_engine.functions.color.color_scale import COLOR_SCALE
from query_engine.functions.color.lerp_color import LERP_COLOR
from query_engine.functions.color.rgba import RGBA
from query_engine.functions.function import ScalarFunction

COLORS: tuple[ScalarFunction, ...] = (COLOR_SCALE, LERP_COLOR, RGBA)
