"""Entries of a row's map: attributes that were sent, and what has no column of its own."""

import json

from assets.otlp_wire.values import NAMES, STRING, Bounds, key_and_value, typed_text_of
from assets.otlp_wire.wire import Payload

TYPES = "otel.types"
"""The entry that has the types of a map without a column beside it."""


class Entries(dict[str, str]):
    """
    A map of a row: of one key twice, the last value, in the place of the first.

    Attributes:
        kinds: What the entries were that are no strings.
    """

    __slots__ = ("kinds",)

    def __init__(self) -> None:
        super().__init__()
        self.kinds: dict[str, int] = {}

    def put(self, key: str, text: str, kind: int) -> None:
        """Put an entry; the last one of a key is the one that counts."""
        self[key] = text
        self.kinds.pop(key, None)
        if kind != STRING:
            self.kinds[key] = kind

    def put_all(self, payload: Payload, others: "list[tuple[str, str, int]]") -> None:
        """Put the entries that rows share."""
        payload.count(len(others))
        for key, text, kind in others:
            self.put(key, text, kind)

    def types(self) -> str:
        """Return what the entries were that are no strings as JSON, empty if there are none."""
        names = {key: NAMES[kind] for key, kind in self.kinds.items()}
        return json.dumps(names, ensure_ascii=False, separators=(",", ":")) if names else ""

    def note_types(self, payload: Payload) -> None:
        """Make the types an entry."""
        text = self.types()
        if text:
            put_entry(payload, self, TYPES, text)


def attribute_of(payload: Payload, bounds: Bounds, prefix: str = "") -> tuple[str, str, int]:
    """Return an attribute (a KeyValue): key, text, what it was; *prefix* goes before its key."""
    key, value = key_and_value(payload, bounds)
    name = payload.text(*key)
    if prefix:
        name = payload.made(prefix + name)
    payload.count()
    return name, *typed_text_of(payload, value)


def put_attribute(payload: Payload, entries: Entries, bounds: Bounds) -> None:
    """Put an attribute into a row's map."""
    entries.put(*attribute_of(payload, bounds))


def put_entry(payload: Payload, entries: Entries, key: str, text: str, kind: int = STRING) -> None:
    """Put an entry of our own into a row's map; an empty text is left out."""
    if text:
        payload.count()
        entries.put(payload.made(key), text, kind)


def put_number(payload: Payload, entries: Entries, key: str, value: int) -> None:
    """Put a number of our own into a row's map; zero is left out."""
    if value:
        put_integer(payload, entries, key, value)


def put_integer(payload: Payload, entries: Entries, key: str, value: int) -> None:
    """Put a number even if it is zero."""
    put_entry(payload, entries, key, payload.made(str(value)))


def put_odd_time(
    payload: Payload, entries: Entries, key: str, nanos: int, *, or_none: bool
) -> None:
    """Put a time that its column cannot show: more than 63 bits, or, where that is said, none."""
    if nanos >= 2**63 or (or_none and nanos == 0):
        put_integer(payload, entries, key, nanos)
