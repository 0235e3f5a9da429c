"""Flame tables, checked against sets of nanoseconds."""

import re
from collections import defaultdict
from dataclasses import replace
from random import Random

import polars as pl
import pytest

from query_engine.errors import TooManyPaths
from query_engine.spans.flame import Flame
from query_engine.spans.limits import FLAME_DEPTH_MAX, FLAME_PATHS_MAX
from tests.query_engine.spans.trees import Span, nested, tangled

SPECIAL = [";", ",", "%", "25", "3B", "%3B", "%253B"]


def frame_of(spans: list[Span]) -> pl.DataFrame:
    """Return spans as the step gets them."""
    rows = [(one.id, one.parent, one.begin, one.end, one.name) for one in spans]
    schema = {"id": pl.Int64, "parent": pl.Int64, "begin": pl.Int64, "end": pl.Int64}
    return pl.DataFrame(rows, schema=schema | {"name": pl.String}, orient="row")


def escaped(name: str) -> str:
    """Return a name as paths have it: what already looks escaped is escaped once more."""
    return re.sub("%(?=(25)*3B)", "%25", name).replace(";", "%3B")


def straightforward(spans: list[Span], low: int, high: int) -> dict[str, tuple[int, int, int]]:
    """Return count, inclusive and self time by path, one nanosecond at a time."""
    kept = {
        one.id: Span(one.id, one.parent, max(one.begin, low), min(one.end, high), one.name)
        for one in spans
        if one.end >= low and one.begin <= high
    }
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for span in kept.values():
        names, above = [], span
        while True:
            names.append(escaped(above.name))
            if above.parent not in kept:
                break
            above = kept[above.parent]
        own = set(range(span.begin, span.end))
        for child in kept.values():
            if child.parent == span.id:
                own -= set(range(child.begin, child.end))
        row = found[";".join(reversed(names))]
        row[0] += 1
        row[1] += span.end - span.begin
        row[2] += len(own)
    return {path: (count, whole, own) for path, (count, whole, own) in found.items()}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("made", [nested, tangled])
def test_paths_and_times_are_those_of_the_definition(made, seed):
    """
    Whatever spans there are, and whatever part of them is asked for.
    """
    random = Random(seed)
    spans = made(random, random.randint(1, 40))
    low, high = sorted((random.randint(-5, 120), random.randint(-5, 120)))
    rows = Flame(low, high)(frame_of(spans))
    told = {
        row["path"]: (row["count"], row["inclusive"], row["self"])
        for row in rows.iter_rows(named=True)
    }
    assert told == straightforward(spans, low, high)


@pytest.mark.parametrize("seed", range(40))
def test_different_paths_are_never_written_alike(seed):
    """
    Names of nothing but what separates and escapes: each path has one row, and its parent's name.
    """
    random = Random(seed)
    names = ["".join(random.choices(SPECIAL, k=random.randint(0, 4))) for _ in range(12)]
    spans = [replace(one, name=random.choice(names)) for one in nested(random, 60)]
    by_id = {one.id: one for one in spans}

    def names_to(one: Span) -> tuple[str, ...]:
        above = by_id.get(one.parent)
        return (*(names_to(above) if above else ()), one.name)

    rows = Flame()(frame_of(spans))
    assert rows["path"].is_unique().all()
    assert rows.height == len({names_to(one) for one in spans})
    assert set(rows["parent_path"].drop_nulls()) <= set(rows["path"])


def test_rows_say_where_they_hang():
    """
    Depth, last name, the path above, and the shortest and the longest call.
    """
    spans = [Span(1, 0, 0, 100, "a"), Span(2, 1, 10, 20, "b;"), Span(3, 1, 30, 70, "b;")]
    first, second = Flame()(frame_of(spans)).rows()
    assert first == ("a", "a", 0, None, 1, 100, 50, 100, 100)
    assert second == ("a;b%3B", "b;", 1, "a", 2, 50, 50, 10, 40)


def test_self_times_add_up_to_the_time_of_the_roots():
    """
    For spans that are nested no time is lost and none counted twice.
    """
    rows = Flame()(frame_of(nested(Random(7), 500)))
    assert rows["self"].sum() == rows.filter(depth=0)["inclusive"].sum()


def test_what_is_deeper_than_told_counts_as_self_time():
    """
    FLAME_DEPTH_MAX bounds the paths, and no time is lost by it.
    """
    spans = [Span(n, n - 1, 0, 1000 - n, "f") for n in range(1, FLAME_DEPTH_MAX + 50)]
    rows = Flame()(frame_of(spans)).sort("depth")
    assert rows["depth"].max() == FLAME_DEPTH_MAX
    assert rows["self"].sum() == 999


def test_too_many_paths_are_refused():
    """
    The message says what to do.
    """
    spans = pl.DataFrame({"id": range(1, FLAME_PATHS_MAX + 2)}).with_columns(
        pl.lit(0, pl.Int64).alias("parent"),
        pl.lit(0, pl.Int64).alias("begin"),
        pl.lit(1, pl.Int64).alias("end"),
        pl.col("id").cast(pl.String).alias("name"),
    )
    with pytest.raises(TooManyPaths, match="ask for a shorter range"):
        Flame()(spans)


def test_parents_in_a_circle_are_left_out():
    """
    Such rows are nonsense; the others are answered.
    """
    spans = [Span(1, 2, 0, 5, "a"), Span(2, 1, 0, 5, "b"), Span(3, 0, 0, 5, "c")]
    assert Flame()(frame_of(spans))["path"].to_list() == ["c"]


def test_no_spans_make_no_rows():
    """
    An empty range is no error.
    """
    assert Flame()(frame_of([])).is_empty()


def test_a_million_spans_within_one_another_take_no_recursion():
    """
    A function that calls itself without end is what a profile is asked about.
    """
    depth = 1_000_000
    ids = pl.Series(range(1, depth + 1))
    spans = pl.DataFrame({"id": ids, "parent": ids - 1, "begin": ids, "end": 2 * depth - ids})
    rows = Flame()(spans.with_columns(name=pl.lit("f")))
    assert rows.height == FLAME_DEPTH_MAX + 1
    assert rows["count"].sum() == FLAME_DEPTH_MAX + 1
    assert rows["self"].sum() == rows["inclusive"].max() == 2 * depth - 2


def test_of_spans_with_the_same_id_the_first_has_the_children():
    """
    A block that arrived under two ids says everything twice; each row still counts.
    """
    spans = [Span(1, 0, 0, 10, "a"), Span(1, 0, 0, 10, "b"), Span(2, 1, 2, 5, "c")]
    rows = Flame()(frame_of(spans)).select("path", "self").rows()
    assert sorted(rows) == [("a", 7), ("a;c", 3), ("b", 10)]
