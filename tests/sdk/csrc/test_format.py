"""Messages formatted in C read exactly as Python's ``%`` makes them, errors included."""

import ctypes
import random
import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limnograph.recorder.texts import formatted
from tests.sdk.csrc.built import Buffer, Reader, built, tagged

REFUSED, ASCII_ARGS, ANY_ARGS = 0, 1, 2


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The files that format, as a library."""
    directory: Path = tmp_path_factory.mktemp("format")
    names = ("buffer", "utf8", "number_text", "payload_read", "conversion", "format")
    library = built(directory, names)
    library.format_message.restype = ctypes.c_bool
    library.float_text.restype = ctypes.c_size_t
    return library


def supported(native: ctypes.CDLL, template: str) -> int:
    text = template.encode("utf-8", "replace")
    return int(native.template_supported(text, ctypes.c_size_t(len(text))))


def message(native: ctypes.CDLL, template: str, args: bytes, count: int) -> str | None:
    """Return the formatted message, None when the arguments' bytes are broken."""
    text = template.encode("utf-8", "replace")
    held = ctypes.create_string_buffer(args, len(args) + 1)
    start = ctypes.addressof(held)
    reader, out = Reader(start, start + len(args)), Buffer()
    whole = native.format_message(
        ctypes.byref(out),
        text,
        ctypes.c_size_t(len(text)),
        ctypes.byref(reader),
        ctypes.c_uint32(count),
    )
    try:
        return out.content().decode() if whole else None
    finally:
        native.buffer_free(ctypes.byref(out))


CONVERSIONS = st.builds(
    "{}%{}{}{}{}{}".format,
    st.sampled_from(["", "x ", "é%% ", "100%% "]),
    st.sets(st.sampled_from("-+ #0"), max_size=3).map("".join),
    st.sampled_from(["", "", "1", "5", "12", "255"]),
    st.sampled_from(["", "", ".", ".0", ".3", ".12"]),
    st.sampled_from(["", "", "l", "h"]),
    st.sampled_from("sradiuoxXeEfFgGc%y"),
)
TEMPLATES = st.lists(CONVERSIONS, min_size=1, max_size=4).map("".join)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.sampled_from([65, 8364, 0x10FFFF, 0x110000, 0xD800, "'", 'it\'s "x"', "\x7f\t\n\\"]),
)


@given(TEMPLATES, st.lists(VALUES, min_size=1, max_size=5))
@example("%05d|%-5d|%+.3d", [-7, 7, 7])
@example("%#x|%#X|%08o", [-255, 255, 8])
@example("%d of %s", ["three", 3])
@example("%c", ["ab"])
@example("%d", [1e30])
@example("%5.1f|%g|%G", [float("-inf"), float("nan"), 1e-7])
def test_a_supported_template_reads_as_python_formats_it(
    native: ctypes.CDLL, template: str, args: list[object]
) -> None:
    """
    What template_supported() lets through is the same text, also where Python raises.
    """
    allowed = supported(native, template)
    plain = all(arg.isascii() for arg in args if isinstance(arg, str))
    if allowed == REFUSED or (allowed == ASCII_ARGS and not plain):
        return
    expected = formatted(template, tuple(args)).encode("utf-8", "replace").decode()
    assert message(native, template, b"".join(map(tagged, args)), len(args)) == expected


@pytest.mark.parametrize(
    "template", ["%(name)s", "%*d", "%y", "50%", "% ", "%.", "%256d", "%.256f", "%5%", "%\0"]
)
def test_a_template_that_c_would_format_otherwise_is_refused(
    native: ctypes.CDLL, template: str
) -> None:
    """
    Mappings, stars, errors of the template itself and huge widths are for the call.
    """
    assert supported(native, template) == REFUSED


def test_representations_are_left_to_the_call_when_texts_are_not_ascii(native: ctypes.CDLL) -> None:
    """
    Which characters are printable only Python knows.
    """
    assert supported(native, "%d %s %%") == ANY_ARGS
    assert supported(native, "%r") == ASCII_ARGS
    assert supported(native, "%a") == ASCII_ARGS


def test_a_long_message_is_cut_at_the_same_character(native: ctypes.CDLL) -> None:
    """
    The bound counts characters, not bytes.
    """
    args = ("é" * 40_000, "€" * 40_000)
    expected = formatted("%s%s", args)
    assert len(expected) == 65_536
    assert message(native, "%s%s", b"".join(map(tagged, args)), 2) == expected


@given(st.floats())
@example(5e-324)
@example(2.0**-44)
@example(9007199254740993.0)
@example(1.7976931348623157e308)
@example(1e16)
@example(0.0001)
def test_a_float_has_the_shortest_digits_that_read_back(native: ctypes.CDLL, value: float) -> None:
    """
    The same text as repr().
    """
    out = ctypes.create_string_buffer(64)
    size = native.float_text(ctypes.c_double(value), out)
    assert out.raw[:size].decode() == repr(value)


def test_random_bits_read_back_as_floats(native: ctypes.CDLL) -> None:
    """
    The same, for floats of all sizes and for such as were rounded to a few places.
    """
    chance = random.Random(5)
    some = [struct.unpack("<d", chance.randbytes(8))[0] for _ in range(20_000)]
    some += [2.0**power for power in range(-1074, 1024)]
    some += [round(chance.random() * 10**6, chance.randrange(9)) for _ in range(20_000)]
    out = ctypes.create_string_buffer(64)
    for value in some:
        size = native.float_text(ctypes.c_double(value), out)
        assert out.raw[:size].decode() == repr(value)


@given(st.binary(max_size=40), st.integers(0, 5))
def test_broken_arguments_are_told_apart_from_formatting_errors(
    native: ctypes.CDLL, args: bytes, count: int
) -> None:
    """
    Whatever the bytes, they are read within their end.
    """
    found = message(native, "%s %s %s %s %s", args, count)
    if not args and count:
        assert found is None
    if not count:
        assert found is not None
        assert found.endswith("[format error: TypeError: not enough arguments for format string]")
