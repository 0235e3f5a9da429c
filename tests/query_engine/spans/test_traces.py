"""Traces as trees and their critical paths, from spans whose ids are texts of any kind."""

from random import Random

import numpy as np
import polars as pl
import pytest

from query_engine.spans.depth_first import depth_first
from query_engine.spans.forest import forest
from query_engine.spans.limits import LEVEL_SPANS_MIN, TRACE_DEPTH_MAX
from query_engine.spans.traces import TIME, CriticalPath, Trees
from tests.query_engine.spans.test_critical_path import straightforward
from tests.query_engine.spans.trees import Span

Row = tuple[str | None, str | None, int, int, str]

GOOD = [f"{number:016x}" for number in (0, 10, 11, 2**63, 2**64 - 1)]
UNREADABLE = ["A".rjust(16, "0"), "+" + "a".rjust(15, "0"), "a", "", "no id", "0" * 17, "é" * 8]
"""Ids that are no 16 digits; some would be the number of a good one."""


def frame_of(rows: list[Row]) -> pl.DataFrame:
    """Return spans as the steps get them."""
    schema = {
        "span_id": pl.String(), "parent_span_id": pl.String(), "start_time": TIME,
        "end_time": TIME, "name": pl.String(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def muddled(random: Random, ids: list[str | None]) -> list[Row]:
    """Return spans with ids from *ids*: equal ones, parents in circles, and parents of none."""
    return [
        (
            random.choice(ids),
            random.choice([None, None, "f" * 15 + "e", random.choice(ids)]),
            begin := random.randint(0, 60),
            begin + random.randint(-2, 40),
            f"span {number}",
        )
        for number in range(random.randint(1, 12))
    ]


def parents(rows: list[Row]) -> list[int]:
    """Return the place of each span's parent: the first one of its id by time."""
    by_time = sorted(range(len(rows)), key=lambda place: rows[place][2])
    found = []
    for place, (_, parent, *_) in enumerate(rows):
        named = [at for at in by_time if parent is not None and rows[at][0] == parent]
        found.append(named[0] if named and named[0] != place else -1)
    return found


def tree_of(rows: list[Row]) -> list[tuple[str, int | None, str | None]]:
    """Return name, depth and path as the definition reads, span by span."""
    over = parents(rows)
    found: list[tuple[str, int | None, str | None]] = []

    def walk(parent: int, path: tuple[str, ...]) -> None:
        below = [place for place in range(len(rows)) if over[place] == parent]
        for place in sorted(below, key=lambda at: rows[at][2]):
            names = (*path, rows[place][4])
            found.append((rows[place][4], len(path), ";".join(names)))
            walk(place, names)

    walk(-1, ())
    told = {name for name, _, _ in found}
    circles = [row for row in sorted(rows, key=lambda row: row[2]) if row[4] not in told]
    return [*found, *((row[4], None, None) for row in circles)]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("ids", [GOOD, [*GOOD, *UNREADABLE, None]], ids=["good", "any"])
def test_the_tree_is_that_of_the_definition(ids, seed):
    """
    Ids that are unreadable, missing or there twice, parents in circles and of none lose no span.
    """
    rows = muddled(Random(seed), ids)
    found = Trees()(frame_of(rows))
    assert found["row"].to_list() == list(range(len(rows)))
    assert found.select("name", "depth", "path").rows() == tree_of(rows)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("ids", [GOOD, [*GOOD, *UNREADABLE, None]], ids=["good", "any"])
def test_the_critical_path_is_that_of_the_definition(ids, seed):
    """
    Whatever the ids are: as if each span had a number of its own, and knew that of its parent.
    """
    rows = muddled(Random(seed), ids)
    over = parents(rows)
    spans = [
        Span(place + 1, over[place] + 1, begin, end, name)
        for place, (_, _, begin, end, name) in enumerate(rows)
    ]
    spans.sort(key=lambda one: one.begin)
    expected = [(spans_name(spans, id_), *times) for id_, *times in straightforward(spans)]
    found = CriticalPath(("name",))(frame_of(rows))
    assert found.select("name", pl.col("begin", "end").to_physical()).rows() == expected


def spans_name(spans: list[Span], id_: int) -> str:
    """Return the name of the span of an id."""
    return next(one.name for one in spans if one.id == id_)


@pytest.mark.parametrize("wide", [1, LEVEL_SPANS_MIN + 1])
def test_deep_trees_are_ordered_alike_whether_wide_or_narrow(wide):
    """
    A thousand levels, of one span or of some each: walked by span, or level by level.
    """
    depth = 1000
    ids = np.arange(1, depth * wide + 1)
    over = np.where(ids > wide, ids - wide, 0)
    order = depth_first(forest(ids, over), ids)
    expected = [lane + level * wide for lane in range(wide) for level in range(depth)]
    assert order.tolist() == expected


def test_deeper_spans_have_a_depth_and_no_path():
    """
    TRACE_DEPTH_MAX bounds the paths, and no span is lost by it.
    """
    deep = TRACE_DEPTH_MAX + 100
    rows: list[Row] = [
        (f"{n:016x}", f"{n - 1:016x}" if n else None, n, 2 * deep - n, "f") for n in range(deep)
    ]
    found = Trees()(frame_of(rows))
    assert found["depth"].to_list() == list(range(deep))
    assert found["path"].null_count() == deep - TRACE_DEPTH_MAX - 1


def test_ten_thousand_calls_at_once_leave_the_slowest_on_the_path():
    """
    Siblings that overlap are searched, not walked: each began before any other had ended.
    """
    count = 10_000
    children: list[Row] = [(f"{n:016x}", "root", n, 2 * count + n, f"{n}") for n in range(count)]
    found = CriticalPath(("name",))(frame_of([("root", None, 0, 4 * count, "root"), *children]))
    assert found["name"].to_list() == ["root", f"{count - 1}", "root"]


def test_no_spans_make_no_tree():
    """
    An unknown trace is no error of the functions.
    """
    assert Trees()(frame_of([])).is_empty()
    assert CriticalPath(("name",))(frame_of([])).is_empty()
