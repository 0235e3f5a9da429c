"""
Properties in the forms in which they travel, brought to one: a dict of text.

Forms: pairs (maps, lists of key and value), a JSON object as text or bytes, and the reference's
binary JSON (see `jsonb`). A value that is not text becomes its JSON text.
"""

import json

from query_engine.ingest.jsonb import NotJsonb, parse_jsonb


class Refused(Exception):
    """A value cannot be stored; the text goes on after the column's name."""


def properties_of(value: object) -> dict[str, str]:
    """
    Return the properties.

    Raises:
        Refused: They are in no form that is known.
    """
    if isinstance(value, list):
        return dict(_pair(entry) for entry in value)
    assert isinstance(value, str | bytes), "maps and lists are lists of pairs, all else is JSON"
    if isinstance(value, bytes) and value[:1] not in {b"{", b" ", b"\n", b"\t", b"\r"}:
        try:
            found = parse_jsonb(value)
        except NotJsonb as error:
            raise Refused(f"is neither a JSON object nor binary JSON: {error}") from None
    else:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            raise Refused(f"is not a JSON object: {value!r:.60}") from None
    if not isinstance(found, dict):
        raise Refused(f"is JSON, but not an object: {value!r:.60}")
    return {name: _text(member) for name, member in found.items()}


def _pair(entry: object) -> tuple[str, str]:
    if isinstance(entry, dict):
        entry = entry["key"], entry["value"]
    assert isinstance(entry, tuple), "a pair of a map or a struct"
    name, text = entry
    if name is None:
        raise Refused("has a key that is NULL")
    return str(name), "" if text is None else str(text)


def _text(member: object) -> str:
    if isinstance(member, str):
        return member
    return json.dumps(member, ensure_ascii=False, separators=(",", ":"))
