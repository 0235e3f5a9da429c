"""Functions of numbers, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.math.abs import ABS
from query_engine.functions.math.acos import ACOS
from query_engine.functions.math.acosh import ACOSH
from query_engine.functions.math.asin import ASIN
from query_engine.functions.math.asinh import ASINH
from query_engine.functions.math.atan import ATAN
from query_engine.functions.math.atan2 import ATAN2
from query_engine.functions.math.atanh import ATANH
from query_engine.functions.math.bin_center import BIN_CENTER
from query_engine.functions.math.cbrt import CBRT
from query_engine.functions.math.ceil import CEIL
from query_engine.functions.math.cos import COS
from query_engine.functions.math.cosh import COSH
from query_engine.functions.math.cot import COT
from query_engine.functions.math.degrees import DEGREES
from query_engine.functions.math.exp import EXP
from query_engine.functions.math.factorial import FACTORIAL
from query_engine.functions.math.floor import FLOOR
from query_engine.functions.math.gcd import GCD
from query_engine.functions.math.isnan import ISNAN
from query_engine.functions.math.iszero import ISZERO
from query_engine.functions.math.lcm import LCM
from query_engine.functions.math.lerp import LERP
from query_engine.functions.math.ln import LN
from query_engine.functions.math.log import LOG
from query_engine.functions.math.log2 import LOG2
from query_engine.functions.math.log10 import LOG10
from query_engine.functions.math.mod import MOD
from query_engine.functions.math.pi import PI
from query_engine.functions.math.power import POWER
from query_engine.functions.math.radians import RADIANS
from query_engine.functions.math.random import RANDOM
from query_engine.functions.math.round import ROUND
from query_engine.functions.math.sign import SIGN
from query_engine.functions.math.sin import SIN
from query_engine.functions.math.sinh import SINH
from query_engine.functions.math.sqrt import SQRT
from query_engine.functions.math.tan import TAN
from query_engine.functions.math.tanh import TANH
from query_engine.functions.math.trunc import TRUNC
from query_engine.functions.math.unlerp import UNLERP

MATH: tuple[ScalarFunction, ...] = (
    ABS,
    ACOS,
    ACOSH,
    ASIN,
    ASINH,
    ATAN,
    ATAN2,
    ATANH,
    CBRT,
    CEIL,
    COS,
    COSH,
    COT,
    DEGREES,
    EXP,
    FACTORIAL,
    FLOOR,
    GCD,
    ISNAN,
    ISZERO,
    LCM,
    LN,
    LOG,
    LOG10,
    LOG2,
    MOD,
    PI,
    POWER,
    RADIANS,
    RANDOM,
    ROUND,
    SIGN,
    SIN,
    SINH,
    SQRT,
    TAN,
    TANH,
    TRUNC,
    BIN_CENTER,
    LERP,
    UNLERP,
)
