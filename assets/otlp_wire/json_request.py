"""
OTLP's JSON as the protobuf that the same data is; `_native/json_request.c` in Python.

Rule: fields are written in the order of their numbers and defaults are left out, as protobuf's own
writers do, so that both encodings of a request have the same ids. Members that nobody knows are
passed over; one that stands twice is refused, as protobuf's own readers do.
"""

import json
import re
from typing import Never

from assets.otlp_wire.json_scalars import NotOfItsType, Number, put_varint, scalar
from assets.otlp_wire.json_schema import MESSAGES, Members
from assets.otlp_wire.limits import JSON_DEPTH_MAX, JSON_PATH_CHARS_MAX
from assets.otlp_wire.wire import Malformed

_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)


class _Object(list[tuple[str, object]]):
    """The members of an object, in their order, doubles included."""


def read(signal: str, body: bytes, bytes_max: int) -> bytes:
    """
    Return an export request as protobuf.

    Raises:
        Malformed: It is no JSON, or a member has a value that its type does not have.
        OverflowError: It would have more than *bytes_max* bytes.
    """
    message = _message(signal, _parsed(body), signal)
    if len(message) > bytes_max:
        raise OverflowError(f"more than {bytes_max} bytes as protobuf")
    return message


def _parsed(body: bytes) -> object:
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:
        raise Malformed(f"the body is not JSON: no UTF-8 at byte {exc.start}", exc.start) from exc
    _check_depth(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as exc:
        at = len(text[: exc.pos].encode())
        raise Malformed(f"the body is not JSON: {exc.msg} at byte {at}", at) from exc


def _check_depth(text: str) -> None:
    depth = 0
    for found in _BRACKETS.finditer(text):
        mark = found.group()
        if mark in "[{":
            depth += 1
            if depth > JSON_DEPTH_MAX:
                at = len(text[: found.start()].encode())
                raise Malformed(f"the body is nested more than {JSON_DEPTH_MAX=} deep", at)
        elif mark in "]}":
            depth -= 1


def _no_constant(word: str) -> Never:
    raise Malformed(f"the body is not JSON: {word} stands where a value should", 0)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=Number, parse_float=Number, parse_constant=_no_constant
)


def _spellings(members: Members) -> dict[str, str]:
    """Return the names of members in both spellings, each to the one in camel case."""
    snake = {re.sub("[A-Z]", lambda upper: f"_{upper[0].lower()}", name): name for name in members}
    return snake | {name: name for name in members}


_NAMES = {name: _spellings(members) for name, members in MESSAGES.items()}


def _refuse(path: str, why: str) -> Never:
    cut = f"{path[:JSON_PATH_CHARS_MAX]}..." if len(path) > JSON_PATH_CHARS_MAX else path
    raise Malformed(f"{cut}{why}", 0)


def _message(name: str, value: object, path: str) -> bytes:
    if not isinstance(value, _Object):
        _refuse(path, " is no object")
    names, members = _NAMES[name], MESSAGES[name]
    parts: dict[str, tuple[int, bytes]] = {}
    choice = False
    for key, inner in value:
        known = names.get(key)
        if known is None:
            continue
        place = f"{path}.{known}"
        if known in parts:
            _refuse(place, " stands twice")
        number, kind = members[known]
        parts[known] = number, b""
        if inner is None:
            continue
        if kind.startswith("|"):
            if choice:
                _refuse(place, " stands beside another value")
            choice = True
        parts[known] = number, _field(number, kind, inner, place)
    return b"".join(part for _, part in sorted(parts.values()))


def _field(number: int, kind: str, value: object, path: str) -> bytes:
    plain = kind.lstrip("*?|")
    if not kind.startswith("*"):
        if plain in MESSAGES:
            return _with_length(number, _message(plain, value, path))
        wire, data, default = _scalar(plain, value, path)
        return b"" if default and kind == plain else put_varint(number << 3 | wire) + data
    if not isinstance(value, list) or isinstance(value, _Object):
        _refuse(path, " is no array")
    places = [f"{path}[{at}]" for at in range(len(value))]
    if plain in MESSAGES:
        messages = (_message(plain, *each) for each in zip(value, places, strict=True))
        return b"".join(_with_length(number, message) for message in messages)
    scalars = [_scalar(plain, *each)[1] for each in zip(value, places, strict=True)]
    if plain == "string":
        return b"".join(put_varint(number << 3 | 2) + text for text in scalars)
    return _with_length(number, b"".join(scalars)) if scalars else b""


def _scalar(kind: str, value: object, path: str) -> tuple[int, bytes, bool]:
    try:
        return scalar(kind, value)
    except NotOfItsType as exc:
        _refuse(path, str(exc))


def _with_length(number: int, data: bytes) -> bytes:
    return put_varint(number << 3 | 2) + put_varint(len(data)) + data
