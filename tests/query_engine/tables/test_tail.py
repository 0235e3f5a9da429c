"""Groups of the tail's blocks, each decoded at once."""

from dataclasses import replace

import pytest

from query_engine.limits import TAIL_GROUP_ROWS_MAX
from query_engine.tables.tail import grouped
from tests.assets.decode.otlp.messages import block

HALF = TAIL_GROUP_ROWS_MAX // 2


@pytest.mark.parametrize(
    ("sizes", "rows", "groups"),
    [
        ([5, 5, 1], [0, 0, 0], [[5, 5], [1]]),
        ([1, 1, 1], [HALF, HALF, 1], [[1, 1], [1]]),
        ([99, 1], [0, 0], [[99], [1]]),
        ([1, 1], [TAIL_GROUP_ROWS_MAX + 1, 1], [[1], [1]]),
        ([], [], []),
    ],
)
def test_a_group_has_neither_too_many_bytes_nor_too_many_rows(sizes, rows, groups):
    """
    TAIL_GROUP_BYTES_MAX and TAIL_GROUP_ROWS_MAX; what is over one by itself stands alone.
    """
    blocks = [
        replace(block(), payload_size=size, nb_objects=count)
        for size, count in zip(sizes, rows, strict=True)
    ]
    found = [[one.payload_size for one in group] for group in grouped(blocks, 10)]
    assert found == groups
