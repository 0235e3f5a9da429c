"""Pictures of spans: what is drawn from answers, and that the page has them all."""

import re
from pathlib import Path

import polars as pl
import pytest

from tests.span_pictures import flame_graph, tables, timeline
from tests.span_pictures.pictures import PICTURES
from tests.span_pictures.timeline import Bar, Lane

DOCS = Path(__file__).resolve().parents[2] / "docs"
BYTES_MAX = 150_000
BOX = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"')


def boxes(markup: str) -> list[tuple[float, ...]]:
    """Return place and width of each box that is drawn."""
    return [tuple(map(float, found)) for found in BOX.findall(markup)]


@pytest.mark.parametrize("name", [*PICTURES, "speedscope"])
def test_the_page_shows_each_picture_and_none_is_large(name: str) -> None:
    """
    What `make screenshots` makes is what a reader of the page sees.
    """
    assert f"](spans/{name}.png)" in (DOCS / "spans.md").read_text()
    assert 1_000 < (DOCS / "spans" / f"{name}.png").stat().st_size < BYTES_MAX


def test_a_flame_is_as_wide_as_its_time_and_stands_within_its_caller() -> None:
    """
    Callees begin where their caller does, the longest first, beside each other.
    """
    rows = [
        ("a", "a", 0, None, 1, 600),
        ("a;x", "x", 1, "a", 2, 100),
        ("a;y", "y", 1, "a", 1, 300),
        ("b", "b", 0, None, 1, 400),
    ]
    columns = ["path", "name", "depth", "parent_path", "count", "inclusive"]
    found = boxes(flame_graph.draw(pl.DataFrame(rows, columns, orient="row")))
    high = flame_graph.ROW
    assert found == [(0, 0, 600), (600, 0, 400), (0, high, 300), (300, high, 100)]


def test_a_timeline_shows_what_lies_in_its_time() -> None:
    """
    Bars that reach over an end are cut there, those outside are left out.
    """
    bars = [Bar(-50, 50, "over the begin"), Bar(200, 300, "outside"), Bar(50, 100, "late", depth=1)]
    (first, second) = boxes(timeline.draw([Lane("thread", bars)], 0, 100))
    room = timeline.WIDTH - timeline.LABEL - 4
    assert first[0] == timeline.LABEL
    assert (first[2], second[2]) == (room / 2, room / 2)
    assert second[1] - first[1] == timeline.BAR


def test_a_table_shows_lengths_of_time_and_nothing_for_null() -> None:
    """
    As people read them, and with a bar where one is asked for.
    """
    answer = pl.DataFrame({"path": ["a;b", None], "change": [2_500_000, -1_000_000_000]})
    markup = tables.draw(answer, lengths=("change",), bars=("change",))
    texts = re.findall(r">([^<>]+)</text>", markup)
    assert texts == ["path", "a;b", "change", "2.5 ms", "-1.00 s"]
    assert [round(width) for *_, width in boxes(markup)] == [1, 80]
