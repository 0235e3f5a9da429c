"""Numbers as people read them."""

import pytest

from assets.wording import amount, size_text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (49_999, "50.0 kB"),
        (999_960, "1.0 MB"),
        (5_000_000, "5.0 MB"),
        (2_500_000_000_000, "2,500.0 GB"),
    ],
)
def test_a_size_is_told_in_a_unit_that_says_something(size: int, text: str) -> None:
    """
    Nothing that is there reads as 0.0.
    """
    assert size_text(size) == text


def test_one_is_no_plural() -> None:
    """
    ``1 block``, ``1,000 blocks``.
    """
    assert [amount(count, "block") for count in (0, 1, 1000)] == [
        "0 blocks",
        "1 block",
        "1,000 blocks",
    ]
