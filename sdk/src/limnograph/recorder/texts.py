"""
Texts of events: what may be kept and formatted later, and how formatting never raises.

Rule: only immutable scalars are kept by reference. Anything else could change, or keep something
large alive, before it is formatted on the flush thread: it becomes text at the call.
"""

from collections.abc import Sequence
from typing import Any

from limnograph.limits import PROPERTIES_MAX, TEXT_CHARS_MAX

_SCALARS = frozenset({bool, float, type(None)})
_INT_MAX = 2**63


def deferrable(args: Sequence[Any]) -> int:
    """Return the characters that *args* hold if they may be formatted later, else -1."""
    size = 0
    for arg in args:
        kind = type(arg)
        if kind is str or kind is bytes:
            size += len(arg)
        elif kind is int:
            if not -_INT_MAX <= arg < _INT_MAX:
                return -1
        elif kind not in _SCALARS:
            return -1
    return size if size <= TEXT_CHARS_MAX else -1


def formatted(msg: str, args: Any) -> str:
    """Return ``msg % args`` as logging does; an error becomes part of the text."""
    try:
        if len(args) == 1 and isinstance(args[0], dict) and args[0]:
            return cut(msg % args[0])
        return cut(msg % tuple(args))
    except Exception as exc:
        return cut(f"{cut(msg)} [format error: {type(exc).__name__}: {text_of(exc)}]")


def text_of(value: object) -> str:
    """Return ``str(value)``; an error of its ``__str__`` becomes the text."""
    try:
        return cut(str(value))
    except Exception as exc:
        return f"<{type(value).__name__}: str() raised {type(exc).__name__}>"


def cut(text: str) -> str:
    """Return *text*, at most TEXT_CHARS_MAX characters of it."""
    return text if len(text) <= TEXT_CHARS_MAX else text[:TEXT_CHARS_MAX]


def freeze(properties: dict[str, Any]) -> int:
    """
    Make the values of *properties* safe to keep, in place; return their characters.

    Afterwards each is a text, a number or a boolean; those that were None are gone.
    """
    while len(properties) > PROPERTIES_MAX:
        properties.popitem()
    if None in properties.values():
        for key in [key for key, value in properties.items() if value is None]:
            del properties[key]
    size = 0
    for key, value in properties.items():
        kind = type(value)
        if kind is str:
            if len(value) > TEXT_CHARS_MAX:
                properties[key] = cut(value)
            size += len(value)
        elif kind is int:
            if not -_INT_MAX <= value < _INT_MAX:
                properties[key] = _huge(value)
        elif kind not in _SCALARS:
            text = properties[key] = text_of(value)
            size += len(text)
    return size


def all_formatted(msgs: Sequence[str], args: Sequence[Any]) -> Sequence[str]:
    """Return each message formatted with its arguments, where it has any."""
    if not any(args):
        return msgs
    try:
        texts = [msg % some if some else msg for msg, some in zip(msgs, args, strict=True)]
    except Exception:
        return [formatted(msg, some) if some else msg for msg, some in zip(msgs, args, strict=True)]
    return texts if len(max(texts, key=len)) <= TEXT_CHARS_MAX else list(map(cut, texts))


def property_text(value: Any) -> str:
    """Return a frozen property's value as text; booleans are true and false."""
    return str(value).lower() if type(value) is bool else str(value)


def _huge(value: int) -> str:
    return hex(value)[:TEXT_CHARS_MAX]
