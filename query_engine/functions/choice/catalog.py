"""Functions that choose between values, in the order of the reference page."""

from query_engine.functions.choice.coalesce import COALESCE
from query_engine.functions.choice.greatest import GREATEST
from query_engine.functions.choice.least import LEAST
from query_engine.functions.choice.nanvl import NANVL
from query_engine.functions.choice.nullif import NULLIF
from query_engine.functions.choice.nvl import NVL
from query_engine.functions.choice.nvl2 import NVL2
from query_engine.functions.function import ScalarFunction

CHOICE: tuple[ScalarFunction, ...] = (
    COALESCE,
    GREATEST,
    LEAST,
    NANVL,
    NULLIF,
    NVL,
    NVL2,
)
