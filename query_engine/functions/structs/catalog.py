"""Functions of structs, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.structs.get_field import GET_FIELD
from query_engine.functions.structs.named_struct import NAMED_STRUCT
from query_engine.functions.structs.struct import STRUCT

STRUCTS: tuple[ScalarFunction, ...] = (GET_FIELD, NAMED_STRUCT, STRUCT)
