"""
OTLP's JSON as the protobuf that the same data is.

Rule: fields are written in the order of their numbers and defaults are left out, as protobuf's own
writers do, so that both encodings of a request have the same ids. Members that nobody knows are
passed over.
"""

import base64
import binascii
import struct

import orjson

from ingest_api.errors import MalformedBody
from ingest_api.otlp.schema import MESSAGES

DEPTH_MAX = 200
"""Messages in each other; a body with deeper ones is refused with 400."""

_VARINTS = {
    "bool": (0, 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "sint32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
_FIXED = {
    "fixed32": ("<I", 5, (0, 2**32 - 1)),
    "fixed64": ("<Q", 1, (0, 2**64 - 1)),
    "sfixed64": ("<q", 1, (-(2**63), 2**63 - 1)),
}
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def to_protobuf(signal: str, body: bytes) -> bytes:
    """
    Return an export request as protobuf.

    Raises:
        MalformedBody: It is no JSON, or a member has a value that its type does not have.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise MalformedBody(f"the body is not JSON: {exc}") from exc
    return _message(signal, document, signal, 0)


def _message(name: str, value: object, path: str, depth: int) -> bytes:
    if not isinstance(value, dict):
        raise MalformedBody(f"{path} is no object")
    if depth > DEPTH_MAX:
        raise MalformedBody(f"{path[:80]}... is nested more than {DEPTH_MAX=} deep")
    members = MESSAGES[name]
    parts = []
    for key, inner in value.items():
        known = members.get(key) or members.get(_camel(key))
        if known is not None and inner is not None:
            number, kind = known
            parts.append((number, _field(number, kind, inner, f"{path}.{key}", depth)))
    parts.sort(key=lambda part: part[0])
    return b"".join(part for _, part in parts)


def _field(number: int, kind: str, value: object, path: str, depth: int) -> bytes:
    plain = kind.lstrip("*?")
    if not kind.startswith("*"):
        if plain in MESSAGES:
            return _with_length(number, _message(plain, value, path, depth + 1))
        wire, data, default = _scalar(plain, value, path)
        return b"" if default and not kind.startswith("?") else _tagged(number, wire, data)
    if not isinstance(value, list):
        raise MalformedBody(f"{path} is no array")
    if plain in MESSAGES:
        return b"".join(
            _with_length(number, _message(plain, one, f"{path}[{at}]", depth + 1))
            for at, one in enumerate(value)
        )
    packed = b"".join(_scalar(plain, one, f"{path}[{at}]")[1] for at, one in enumerate(value))
    return _with_length(number, packed) if packed else b""


def _scalar(kind: str, value: object, path: str) -> tuple[int, bytes, bool]:
    """Return wire type, bytes, and whether it is the default."""
    match kind:
        case "string":
            if not isinstance(value, str):
                raise MalformedBody(f"{path} is no text")
            data = value.encode()
            return 2, _varint(len(data)) + data, not data
        case "hex" | "bytes":
            data = _bytes(kind, value, path)
            return 2, _varint(len(data)) + data, not data
        case "double":
            number = _double(value, path)
            packed = struct.pack("<d", number)
            return 1, packed, packed == bytes(8)
        case "bool":
            if not isinstance(value, bool):
                raise MalformedBody(f"{path} is neither true nor false")
            return 0, _varint(value), not value
        case _:
            return _integer(kind, value, path)


def _integer(kind: str, value: object, path: str) -> tuple[int, bytes, bool]:
    low, high = _VARINTS[kind] if kind in _VARINTS else _FIXED[kind][2]
    number = _whole(value, path)
    if not low <= number <= high:
        raise MalformedBody(f"{path} = {number} is no {kind}")
    if kind in _FIXED:
        form, wire, _ = _FIXED[kind]
        return wire, struct.pack(form, number), number == 0
    if kind == "sint32":
        return 0, _varint(((number << 1) ^ (number >> 31)) & (2**32 - 1)), number == 0
    return 0, _varint(number & (2**64 - 1)), number == 0


def _whole(value: object, path: str) -> int:
    """Return an integer that JSON has as a number or as text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise MalformedBody(f"{path} is no integer")
    try:
        return int(value)
    except ValueError:
        raise MalformedBody(f"{path} = {str(value)[:40]!r} is no integer") from None


def _double(value: object, path: str) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise MalformedBody(f"{path} is no number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise MalformedBody(f"{path} is no number") from None


def _bytes(kind: str, value: object, path: str) -> bytes:
    if not isinstance(value, str):
        raise MalformedBody(f"{path} is no text")
    try:
        if kind == "hex":
            return bytes.fromhex(value)
        padded = value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4)
        return base64.b64decode(padded, validate=True)
    except (ValueError, binascii.Error):
        form = "hexadecimal" if kind == "hex" else "base64"
        raise MalformedBody(f"{path} is not {form}") from None


def _camel(name: str) -> str:
    """Return the name that JSON usually has for a member, given that of the definition."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _tagged(number: int, wire: int, data: bytes) -> bytes:
    return _varint(number << 3 | wire) + data


def _with_length(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
