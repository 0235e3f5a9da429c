"""Functions of the bytes that applications sent, in the order of the reference page."""

from query_engine.functions.function import ScalarFunction
from query_engine.functions.payloads.get_payload import GET_PAYLOAD

PAYLOADS: tuple[ScalarFunction, ...] = (GET_PAYLOAD,)
