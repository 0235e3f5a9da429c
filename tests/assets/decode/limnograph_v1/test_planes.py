"""Packed buffers are read alike by the decoder, by plain Python and by whoever packed them."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.decode.limnograph_v1.planes import expand
from limnograph.wire import LimitError, container
from limnograph.wire import planes as plain
from limnograph.wire.errors import FormatError
from limnograph.wire.planes import Area, Packing, packing_of
from limnograph.wire.values import numbers
from tests.sdk.wire import packing, vectors
from tests.sdk.wire.packing import DIFFERENCES, PLANES, ZIGZAG, ZIGZAG_DIFFERENCES, How

RANGES = {
    "B": (0, 255),
    "h": (-(2**15), 2**15 - 1),
    "I": (0, 2**32 - 1),
    "i": (-(2**31), 2**31 - 1),
    "q": (-(2**63), 2**63 - 1),
}
NUMBERS = st.sampled_from(list(RANGES)).flatmap(
    lambda code: st.tuples(st.just(code), st.lists(st.integers(*RANGES[code]), max_size=20))
)
HOWS = st.sampled_from([PLANES, ZIGZAG, DIFFERENCES, ZIGZAG_DIFFERENCES])


def packing_from(described: list[object]) -> Packing:
    """Return the packing that a header describes."""
    found = packing_of(described)
    assert found is not None
    return found


@given(NUMBERS, HOWS)
@example(("q", [-(2**63), 2**63 - 1, 0]), ZIGZAG)
@example(("q", [5, 5, 5]), PLANES)
def test_what_was_packed_comes_back(values: tuple[str, list[int]], how: How) -> None:
    """
    By the decoder's way and by the plain one, for all types and encodings.
    """
    code, content = values
    data, described = packing.planes(content, how, floats=False)
    if any(type(number) is int and abs(number) >= 2**63 for number in described):
        return  # differences of extremes; a writer in 64 bits wraps them
    way = packing_from(described)
    for unpack in (expand, plain.expand):
        found = unpack(memoryview(data), way, len(content), code)
        assert list(numbers(found, code)) == content


@given(st.lists(st.floats(allow_nan=False), max_size=20))
def test_floats_come_back_by_their_bits(content: list[float]) -> None:
    """
    Also infinities and negative zero.
    """
    from array import array

    bits = array("Q", array("d", content).tobytes())
    data, described = packing.planes(bits, PLANES, floats=True)
    for unpack in (expand, plain.expand):
        found = unpack(memoryview(data), packing_from(described), len(content), "d")
        assert array("d", bytes(found)) == array("d", content)
    assert sys.byteorder == "little"


@pytest.mark.parametrize("unpack", [expand, plain.expand])
@pytest.mark.parametrize(("code", "base"), [("B", 200), ("I", -1), ("i", 2**31 - 50)])
def test_a_value_that_does_not_fit_its_type_is_refused(
    unpack: plain.Expand, code: str, base: int
) -> None:
    """
    Nothing is cut off silently.
    """
    with pytest.raises(OverflowError):
        unpack(memoryview(bytes([0, 100])), Packing(False, base, None), 2, code)


def test_a_small_block_that_stands_for_much_is_refused_before_it_is_unpacked() -> None:
    """
    Constant columns take no bytes: what they need unpacked is counted first.
    """
    payload = packing.rewritten(
        packing.packed(vectors.spans(), {"duration": [PLANES], "id": [PLANES]}),
        lambda header: [
            header.update(rows=16_000_000),
            *(
                column.update(buffers=[[0, 0, "planes", 1]])
                for column in header["columns"]
                if column["type"] != "map"
            ),
        ],
    )
    with pytest.raises(LimitError, match="BLOCK_BYTES_MAX"):
        container.open(payload)


@pytest.mark.parametrize(
    "described",
    [["planes"], ["delta", 0], ["planes", 0, None], ["planes", 2**63], ["zigzag", 0, 1.5], [1, 0]],
)
def test_an_unknown_packing_is_refused(described: list[object]) -> None:
    """
    A reader never guesses.
    """
    assert packing_of(described) is None


def test_planes_that_do_not_fit_the_rows_are_refused() -> None:
    """
    Too many planes, parts of one, planes for no value, and floats packed otherwise.
    """
    area = Area(memoryview(b""), 0, plain.expand, 1000)
    for data, size in ((bytes(9), 8), (bytes(3), 16), (bytes(1), 0)):
        with pytest.raises(FormatError, match="plane"):
            area.unpacked(memoryview(data), Packing(False, 0, None), size, "q", 0)
    with pytest.raises(FormatError, match="floats"):
        area.unpacked(memoryview(bytes(8)), Packing(True, 0, None), 8, "d", 0)
