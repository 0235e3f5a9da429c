"""The leaves of packing in C, one by one: planes, JSON text, distinct texts."""

import ctypes
import json
from array import array
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limnograph.wire.planes import expand, packing_of
from limnograph.wire.values import numbers
from tests.sdk.csrc.built import Buffer, built


class Packing(ctypes.Structure):
    """``struct packing`` of planes.h."""

    _fields_ = (("base", ctypes.c_int64), ("start", ctypes.c_int64), ("zigzag", ctypes.c_bool))


class Dictionary(ctypes.Structure):
    """``struct dictionary`` of dictionary.h."""

    _fields_ = (
        ("data", Buffer),
        ("ends", Buffer),
        ("slots", ctypes.c_void_p),
        ("hashes", ctypes.c_void_p),
        ("count", ctypes.c_uint32),
        ("slots_count", ctypes.c_uint32),
        ("failed", ctypes.c_bool),
    )


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The leaves as a library."""
    names = ("buffer", "utf8", "number_text", "json", "planes", "dictionary")
    library = built(tmp_path_factory.mktemp("columns"), names)
    library.planes_write.restype = ctypes.c_bool
    library.dictionary_number.restype = ctypes.c_uint32
    return library


NUMBERS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30),
    st.lists(st.integers(-300, 300), max_size=30),
    st.integers(0, 10).map(lambda count: [7] * count),
    st.lists(st.integers(0, 5), max_size=30).map(lambda steps: [sum(steps[:n]) for n in steps]),
)


@given(NUMBERS, st.booleans())
@example([-(2**63), 2**63 - 1], False)
@example([2**63 - 1, -(2**63), 0], True)
def test_packed_integers_come_back(native: ctypes.CDLL, values: list[int], rising: bool) -> None:
    """
    By the reader in Python, whatever way the writer chose.
    """
    content = array("q", values)
    held = (ctypes.c_int64 * (len(values) + 1)).from_buffer_copy(content.tobytes() + bytes(8))
    out, packing = Buffer(), Packing()
    assert native.planes_write(
        ctypes.byref(out),
        held,
        ctypes.c_size_t(len(values)),
        ctypes.c_bool(rising),
        ctypes.byref(packing),
    )
    described: list[Any] = ["zigzag" if packing.zigzag else "planes", packing.base]
    if rising:
        described.append(packing.start)
    way = packing_of(described)
    assert way is not None
    found = expand(memoryview(out.content()), way, len(values), "q")
    native.buffer_free(ctypes.byref(out))
    assert list(numbers(found, "q")) == values


@pytest.mark.parametrize("rising", [False, True])
def test_what_repeats_takes_no_bytes(native: ctypes.CDLL, rising: bool) -> None:
    """
    A constant column, and one that counts up, are all in their description.
    """
    values = range(1000, 2000) if rising else [5] * 1000
    held = (ctypes.c_int64 * 1000)(*values)
    out, packing = Buffer(), Packing()
    assert native.planes_write(
        ctypes.byref(out), held, ctypes.c_size_t(1000), ctypes.c_bool(rising), ctypes.byref(packing)
    )
    assert out.size == 0
    assert (packing.base, packing.start) == ((1, 999) if rising else (5, 0))
    native.buffer_free(ctypes.byref(out))


@given(st.text())
@example('\0"\\\x1f\x7f\n\ud800\udc00é€🎈')
def test_json_texts_are_read_back(native: ctypes.CDLL, text: str) -> None:
    """
    Any character; a lone surrogate, which UTF-8 cannot hold, is a question mark.
    """
    out, raw = Buffer(), text.encode("utf-8", "surrogatepass")
    native.json_text(ctypes.byref(out), raw, ctypes.c_size_t(len(raw)))
    content = out.content()
    native.buffer_free(ctypes.byref(out))
    assert json.loads(content) == text.encode("utf-8", "replace").decode()


@given(st.binary())
def test_json_texts_of_any_bytes_are_json(native: ctypes.CDLL, raw: bytes) -> None:
    """
    Also of what is no UTF-8.
    """
    out = Buffer()
    native.json_text(ctypes.byref(out), raw, ctypes.c_size_t(len(raw)))
    content = out.content()
    native.buffer_free(ctypes.byref(out))
    assert isinstance(json.loads(content), str)


@given(st.lists(st.one_of(st.binary(max_size=3), st.binary(max_size=40)), max_size=400))
def test_distinct_texts_are_numbered_in_the_order_they_came(
    native: ctypes.CDLL, texts: list[bytes]
) -> None:
    """
    However many there are; the same text has the same number.
    """
    expected = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    held = Dictionary()
    for _ in range(2):
        for text in texts:
            found = native.dictionary_number(ctypes.byref(held), text, ctypes.c_size_t(len(text)))
            assert found == expected[text]
        assert held.count == len(expected)
        native.dictionary_empty(ctypes.byref(held))
    native.dictionary_free(ctypes.byref(held))
