"""
Values of parameters as JSON writes them: plain, or with their type where JSON has no such values.

An object of one key is a value with its type: ``{"timestamp": "2026-01-31T12:00:00.5Z"}``.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

import polars as pl

from assets.errors import CallerError
from query_engine.functions.function import DURATION, TIME
from query_engine.functions.interval import Interval
from query_engine.sql.errors import BadParameter
from query_engine.sql.parameters import Constant, Given, Value
from query_engine.sql.types import DATE, FLOAT64
from query_engine.times import parse_rfc3339_ns

_FINEST_NS = 2**63 - 1


def values_of(params: list[Value] | dict[str, Value] | None) -> Given | None:
    """
    Return the values of a request as SQL takes them.

    Raises:
        BadParameter: A value is not of the type that it is said to have.
    """
    if params is None:
        return None
    if isinstance(params, dict):
        return {name: _value(value, name) for name, value in params.items()}
    return [_value(value, str(number)) for number, value in enumerate(params, 1)]


def _value(value: Value, name: str) -> Value:
    if isinstance(value, list):
        return [_single(element, name) for element in value]
    return _single(value, name)


def _single(value: Value, name: str) -> Value:
    if not isinstance(value, dict) or len(value) != 1:
        return value
    [(kind, said)] = value.items()
    if kind not in _READERS:
        known = ", ".join(_READERS)
        raise BadParameter(f"the parameter {name} has the type {kind!r:.40}; there are {known}")
    dtype, read = _READERS[kind]
    if said is None:
        return None if dtype is None else Constant(None, dtype)
    try:
        return read(said)
    except (ValueError, TypeError, ArithmeticError, CallerError) as exc:
        raise BadParameter(f"the parameter {name} is no {kind}: {said!r:.60}") from exc


def _timestamp(said: object) -> Constant:
    return Constant(parse_rfc3339_ns(_text(said), "timestamp"), TIME)


def _date(said: object) -> dt.date:
    return dt.date.fromisoformat(_text(said))


def _decimal(said: object) -> Decimal:
    try:
        return Decimal(_text(said))
    except InvalidOperation as exc:
        raise ValueError(said) from exc


def _binary(said: object) -> bytes:
    try:
        return base64.b64decode(_text(said), validate=True)
    except binascii.Error as exc:
        raise ValueError(said) from exc


def _duration(said: object) -> Constant:
    if isinstance(said, bool) or not isinstance(said, int) or abs(said) > _FINEST_NS:
        raise ValueError(said)
    return Constant(Interval(0, said), DURATION)


def _double(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        raise TypeError(said)
    return float(said)


def _text(said: object) -> str:
    if not isinstance(said, str):
        raise TypeError(said)
    return said


_READERS: Mapping[str, tuple[pl.DataType | None, Callable[[object], Value]]] = {
    "timestamp": (TIME, _timestamp),
    "date": (DATE, _date),
    "decimal": (None, _decimal),
    "binary": (pl.Binary(), _binary),
    "duration": (DURATION, _duration),
    "double": (FLOAT64, _double),
}
"""By the key: the type of a NULL, and what reads anything else."""
