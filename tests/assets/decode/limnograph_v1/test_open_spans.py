"""What blocks list as open, and what is refused of it."""

import pytest

from assets.decode.limnograph_v1 import open_spans
from assets.decode.rows import ROWS
from assets.errors import BlockCorrupt
from tests.assets.conftest import T0_NS

OPEN = {"id": 3, "parent": 1, "depth": 1, "site": 1, "begin_ticks": 4}
ROWS_OF_BLOCK = [{"begin": 10, "duration": 5, "id": 2}]


def test_an_open_span_has_a_begin_and_a_site_and_no_end(make_block) -> None:
    """
    It may have begun before its block; spans that the block has complete are not open.
    """
    listed = [OPEN, OPEN | {"id": 2}]
    made = make_block("cpu", ROWS_OF_BLOCK, open_spans=listed)
    rows = open_spans.decode(made.payload, made.ref)
    assert rows.schema == ROWS["cpu/open"]
    assert rows["begin"].to_physical().to_list() == [T0_NS + 4]
    expected = [(3, 1, 1, None, None, "two", "db", "app.py", 7, "UNSET")]
    columns = ("id", "parent", "depth", "end", "duration", "name", "target", "filename", "line")
    assert rows.select(*columns, "status").rows() == expected
    assert rows["properties"].to_list() == [{}]


def test_a_block_without_open_spans_has_no_rows(make_block) -> None:
    """
    The schema is the same.
    """
    made = make_block("cpu", ROWS_OF_BLOCK)
    rows = open_spans.decode(made.payload, made.ref)
    assert rows.schema == ROWS["cpu/open"]
    assert rows.is_empty()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"id": 0}, "has the id 0"),
        ({"parent": -1}, "has the parent -1"),
        ({"begin_ticks": 2**63 - 1}, "begins at"),
        ({"site": 2}, "site"),
        ({"depth": 2**32}, "depth"),
        ({"id": 2**70}, "has the id|id"),
    ],
)
def test_open_spans_that_make_no_sense_are_refused(make_block, wrong, reason) -> None:
    """
    As a whole, with the reason: nothing of the block is believed.
    """
    made = make_block("cpu", ROWS_OF_BLOCK, open_spans=[OPEN | wrong])
    with pytest.raises(BlockCorrupt, match=reason):
        open_spans.decode(made.payload, made.ref)
