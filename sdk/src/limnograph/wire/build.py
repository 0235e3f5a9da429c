"""Columns from Python values, built by whole-list operations: array, join and accumulate."""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain

from limnograph.wire.layout import Buffer, Column

_TYPECODES = {"uint8": "B", "int16": "h", "uint32": "I", "int64": "q", "float64": "d"}


def fixed(name: str, kind: str, values: Iterable[float]) -> Column:
    """Return a fixed-width column; *kind* is ``uint8``, ``int16``, ``uint32``, ``int64``..."""
    return Column(name, kind, (_little(array(_TYPECODES[kind], values)),))


def utf8(name: str, texts: Sequence[str]) -> Column:
    """Return a text column; lone surrogates, which UTF-8 cannot hold, become ``?``."""
    return Column(name, "utf8", _texts(texts))


def binary(name: str, values: Sequence[bytes]) -> Column:
    """Return a column of byte strings."""
    offsets = array("i", accumulate(map(len, values), initial=0))
    return Column(name, "binary", (_little(offsets), b"".join(values)))


def dictionary(name: str, texts: Sequence[str]) -> Column:
    """Return a text column that keeps each distinct text once."""
    index = dict.fromkeys(texts)
    return Column(name, "dict", _indexed(texts, index), values=len(index))


def mapping(name: str, rows: Sequence[Mapping[str, str] | None]) -> Column:
    """Return a map column; None is a row without entries."""
    filled = [row or {} for row in rows]
    values = chain.from_iterable(row.values() for row in filled)
    return entries(name, map(len, filled), list(chain.from_iterable(filled)), list(values))


def entries(name: str, counts: Iterable[int], keys: Sequence[str], values: Sequence[str]) -> Column:
    """Return a map column from all rows' keys and values in turn; *counts* of them in each row."""
    key_index, value_index = dict.fromkeys(keys), dict.fromkeys(values)
    offsets = _little(array("i", accumulate(counts, initial=0)))
    return Column(
        name,
        "map",
        (offsets, *_indexed(keys, key_index), *_indexed(values, value_index)),
        entries=len(keys),
        key_values=len(key_index),
        value_values=len(value_index),
    )


def _indexed(texts: Sequence[str], distinct: Mapping[str, None]) -> tuple[Buffer, ...]:
    number = {text: at for at, text in enumerate(distinct)}
    indices = _little(array("I", map(number.__getitem__, texts)))
    return (indices, *_texts(list(distinct)))


def _texts(texts: Sequence[str]) -> tuple[Buffer, Buffer]:
    joined = "".join(texts)
    if joined.isascii():
        return _little(array("i", accumulate(map(len, texts), initial=0))), joined.encode()
    encoded = [text.encode("utf-8", "replace") for text in texts]
    offsets = array("i", accumulate(map(len, encoded), initial=0))
    return _little(offsets), b"".join(encoded)


def _little(values: Buffer) -> Buffer:
    if sys.byteorder == "big" and isinstance(values, array):
        values.byteswap()
    return values
