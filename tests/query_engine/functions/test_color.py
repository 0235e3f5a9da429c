"""Colours: rounding, ends, NaN, NULL, and the scales against their published points."""

import polars as pl
import pytest

from query_engine.sql.errors import SqlError
from tests.query_engine.functions.answers import answer, column


@pytest.mark.parametrize(
    ("call", "color"),
    [
        ("rgba(1.0, 0.0, 0.0, 1.0)", 0xFF0000FF),
        ("rgba(0, 0, 0, 0)", 0),
        ("rgba(2.0, -1.0, 0.5, 1.0)", 0xFF0080FF),
        ("rgba(0.5, 0.5, 0.5, 1.0)", 0x808080FF),
        ("rgba(CAST('NaN' AS DOUBLE), 0, 0, 1)", 0x000000FF),
        ("rgba(CAST(NULL AS DOUBLE), 0, 0, 1)", None),
        ("lerp_color(rgba(1, 0, 0, 1), rgba(0, 0, 1, 1), 0.0)", 0xFF0000FF),
        ("lerp_color(rgba(1, 0, 0, 1), rgba(0, 0, 1, 1), 1.0)", 0x0000FFFF),
        ("lerp_color(rgba(1, 0, 0, 0), rgba(0, 1, 0, 0), 0.5)", 0x80800000),
        ("lerp_color(rgba(0, 0, 0, 0), rgba(0, 0, 0, 1), 0.5)", 0x00000080),
        ("lerp_color(rgba(1, 0, 0, 1), rgba(0, 0, 1, 1), -0.5)", 0xFF0000FF),
        ("lerp_color(rgba(1, 0, 0, 1), rgba(0, 0, 1, 1), 1.5)", 0x0000FFFF),
        ("lerp_color(CAST(4278190080 AS INT UNSIGNED), rgba(0, 1, 0, 0), 0.5)", 0x80800000),
        ("lerp_color(NULL, rgba(0, 0, 1, 1), 0.5)", None),
        ("lerp_color(rgba(0, 0, 1, 1), rgba(0, 0, 1, 1), NULL)", None),
    ],
)
def test_channels_are_rounded_half_up_and_stay_in_their_byte(call: str, color: int | None) -> None:
    """
    0xRRGGBBAA; what lies outside counts as the nearest end.
    """
    assert answer(f"SELECT {call}") == color


def test_an_integer_literal_is_no_colour() -> None:
    """
    Colours are INT UNSIGNED; a literal has to be cast, so that -1 is never taken for one.
    """
    with pytest.raises(SqlError, match="rgba returns it"):
        answer("SELECT lerp_color(4278190080, 65280, 0.5)")


@pytest.mark.parametrize(
    ("name", "first", "middle", "last"),
    [
        ("viridis", 0x440154, 0x21918C, 0xFDE725),
        ("magma", 0x000004, 0xB73779, 0xFCFDBF),
        ("plasma", 0x0D0887, 0xCC4778, 0xF0F921),
        ("inferno", 0x000004, 0xBC3754, 0xFCFFA4),
        ("cividis", 0x002051, 0x7F7B74, 0xFDE945),
        ("turbo", 0x22171B, 0x94FA50, 0x900C00),
    ],
)
def test_scales_go_through_their_published_points(
    name: str, first: int, middle: int, last: int
) -> None:
    """
    The first, the middle and the last colour, as their authors publish them; cut off, not
    rounded, where the scale is a polynomial.
    """
    for place, color in ((0.0, first), (0.5, middle), (1.0, last)):
        assert answer(f"SELECT color_scale('{name}', {place}, 1)") == color << 8 | 0xFF


def test_scales_clamp_and_take_names_in_any_capitals() -> None:
    """
    Places and alpha outside of 0..1 count as the nearest end, NaN as the beginning.
    """
    first, last = 0x440154FF, 0xFDE725FF
    for call, color in {
        "color_scale('VIRIDIS', -0.5, 1)": first,
        "color_scale('Viridis', 1.5, 2)": last,
        "color_scale('viridis', CAST('NaN' AS DOUBLE), 1)": first,
        "color_scale('viridis', 0, 0.5)": 0x44015480,
        "color_scale('viridis', 0, -1)": 0x44015400,
        "color_scale('viridis', NULL, 1)": None,
        "color_scale('viridis', 0, NULL)": None,
    }.items():
        assert answer(f"SELECT {call}") == color
    rows = pl.DataFrame({"x": [0.0, None, 1.0]})
    colors = column("SELECT color_scale('viridis', x, 1) FROM t", t=rows)
    assert colors == [first, None, last]


def test_an_unknown_scale_lists_those_there_are() -> None:
    """
    Refused before the query runs, at its place.
    """
    with pytest.raises(SqlError, match=r"'rainbow'; there are: viridis, magma.*column 20"):
        answer("SELECT color_scale('rainbow', 0.5, 1)")


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("lerp(10, 20, 0.25)", 12.5),
        ("lerp(10, 20, 2)", 30.0),
        ("unlerp(10, 20, 12.5)", 0.25),
        ("unlerp(10, 20, 0)", -1.0),
        ("unlerp(1, 1, 2)", float("inf")),
        ("isnan(unlerp(1, 1, 1))", True),
        ("lerp(NULL, 1, 1)", None),
        ("bin_center(7.4, 5)", 5.0),
        ("bin_center(7.5, 5)", 10.0),
        ("bin_center(-2.6, 5)", -5.0),
    ],
)
def test_numbers_between_numbers_are_not_clamped(call: str, value: float | bool | None) -> None:
    """
    IEEE rules hold where there is no finite answer.
    """
    assert answer(f"SELECT {call}") == value
