"""
Scalars of JSON as protobuf has them; `_native/json_scalars.c` in Python.

Numbers may be text, integers may have a fraction of zeros or an exponent, enumerations may be
named, ids are hexadecimal and other bytes base64 of either alphabet.
"""

import base64
import math
import re
import struct

from assets.otlp_wire.json_schema import ENUMS
from assets.otlp_wire.limits import JSON_NUMBER_CHARS_MAX, JSON_SHOWN_CHARS_MAX

_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "fixed32": (0, 2**32 - 1),
    "fixed64": (0, 2**64 - 1),
    "sfixed64": (-(2**63), 2**63 - 1),
}
_FIXED = {"fixed32": ("<I", 5), "fixed64": ("<Q", 1), "sfixed64": ("<q", 1)}
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_HEX = re.compile("(?:[0-9a-fA-F]{2})*")
_BASE64 = re.compile("([A-Za-z0-9+/_-]*)(={0,2})")
_SHOWN = re.compile("[ -~]*")


class Number(str):
    """A number of JSON, as it is written."""

    __slots__ = ()


class NotOfItsType(ValueError):
    """What is wrong with a value; the path to it is to stand before that."""


def scalar(kind: str, value: object) -> tuple[int, bytes, bool]:
    """
    Return wire type, bytes, and whether it is the default.

    Raises:
        NotOfItsType: The value is not one of that kind.
    """
    match kind:
        case "string":
            data = _encoded(value)
            return 2, put_varint(len(data)) + data, not data
        case "hex" | "bytes":
            data = _hex(value) if kind == "hex" else _base64(value)
            return 2, put_varint(len(data)) + data, not data
        case "double":
            packed = struct.pack("<d", _double(value))
            return 1, packed, packed == bytes(8)
        case "bool":
            if not isinstance(value, bool):
                raise NotOfItsType(" is neither true nor false")
            return 0, put_varint(value), not value
        case _:
            return _integer(kind, value)


def put_varint(value: int) -> bytes:
    """Return a number as protobuf's varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _encoded(value: object) -> bytes:
    if not isinstance(value, str) or isinstance(value, Number):
        raise NotOfItsType(" is no text")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise NotOfItsType(" has half of a surrogate pair") from None


def _integer(kind: str, value: object) -> tuple[int, bytes, bool]:
    if kind in ENUMS:
        names = ENUMS[kind]
        named = isinstance(value, str) and not _NUMBER.fullmatch(value)
        number = _named(kind, names, value) if named else _whole("int32", value)
        kind = "int32"
    else:
        number = _whole(kind, value)
    if kind in _FIXED:
        form, wire = _FIXED[kind]
        return wire, struct.pack(form, number), number == 0
    if kind == "sint32":
        return 0, put_varint(((number << 1) ^ (number >> 31)) & (2**32 - 1)), number == 0
    return 0, put_varint(number & (2**64 - 1)), number == 0


def _named(kind: str, names: tuple[str, ...], value: object) -> int:
    if value in names:
        return names.index(str(value))
    raise NotOfItsType(f"{_shown(str(value))} is no {kind}")


def _whole(kind: str, value: object) -> int:
    """Return an integer that JSON has as a number or as text."""
    if not isinstance(value, str):
        raise NotOfItsType(" is no integer")
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise NotOfItsType(f"{_shown(value)} is no integer")
    if match[1] or match[2]:
        real = _real(value)
        if not real.is_integer():
            raise NotOfItsType(f"{_shown(value)} is no integer")
        number = int(real)
    else:
        number = int(value) if len(value) <= JSON_NUMBER_CHARS_MAX else 2**64
    low, high = _RANGES[kind]
    if not low <= number <= high:
        raise NotOfItsType(f"{_shown(value)} is no {kind}")
    return number


def _double(value: object) -> float:
    if not isinstance(value, str):
        raise NotOfItsType(" is no number")
    if value in _SPECIAL and not isinstance(value, Number):
        return _SPECIAL[value]
    if _NUMBER.fullmatch(value) is None:
        raise NotOfItsType(f"{_shown(value)} is no number")
    real = _real(value)
    if math.isinf(real):
        raise NotOfItsType(f"{_shown(value)} is no double")
    return real


def _real(value: str) -> float:
    if len(value) > JSON_NUMBER_CHARS_MAX:
        raise NotOfItsType(f"{_shown(value)} has more than {JSON_NUMBER_CHARS_MAX=} characters")
    return float(value)


def _shown(value: str) -> str:
    """Return the beginning of a value for a message; nothing where it is no plain text."""
    head = value[:JSON_SHOWN_CHARS_MAX]
    return f" = '{head}'" if _SHOWN.fullmatch(value[:JSON_SHOWN_CHARS_MAX]) else ""


def _hex(value: object) -> bytes:
    if not isinstance(value, str) or isinstance(value, Number):
        raise NotOfItsType(" is no text")
    if _HEX.fullmatch(value) is None:
        raise NotOfItsType(" is not hexadecimal")
    return bytes.fromhex(value)


def _base64(value: object) -> bytes:
    if not isinstance(value, str) or isinstance(value, Number):
        raise NotOfItsType(" is no text")
    match = _BASE64.fullmatch(value)
    if match is None or len(match[1]) % 4 == 1 or (match[2] and len(value) % 4):
        raise NotOfItsType(" is not base64")
    return base64.urlsafe_b64decode(match[1].translate(_URL_SAFE) + "=" * (-len(match[1]) % 4))


_URL_SAFE = str.maketrans("+/", "-_")
