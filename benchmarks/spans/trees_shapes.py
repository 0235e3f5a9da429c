"""The part `shapes`: flame tables of trees that are as deep, or as wide, as trees get."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import polars as pl

from benchmarks.report_lines import Line
from benchmarks.spans.made import BEGIN_NS, NAMES, SPAN_NS, Ints, calls
from benchmarks.spans.part import Part
from benchmarks.spans.trees import difference, timed
from query_engine.spans.flame import Flame

PEER = "the same function over calls of a shop, whose tree is neither"
SPANS, SPANS_QUICK = 10_000_000, 100_000
LEVELS = 1000


def lines(quick: bool) -> Iterator[Line]:
    """Measure `flame` and `span_diff`; the self times of the deep tree add up."""
    count = SPANS_QUICK if quick else SPANS
    flame = Flame(BEGIN_NS, BEGIN_NS + 10**18)
    usual = calls(count // 2, 4, 1000).frame()
    _, usual_cpu, _ = timed(partial(flame, usual))
    for name, frame in (("deep", deep(count)), ("wide", wide(count))):
        rows = flame(frame)
        whole = rows.filter(depth=0)["inclusive"].sum()
        assert rows["self"].sum() == whole, "no time is lost"
        for what, run in (
            ("flame", flame),
            ("span_diff", partial(difference, flame, frame)),
        ):
            _, cpu, wall = timed(partial(run, frame))
            yield Line(
                name=f"spans.{what} {name}", value=1e6 * cpu / frame.height,
                unit="CPU us per span of one side", peer=PEER,
                peer_value=1e6 * usual_cpu / usual.height,
                conditions={
                    "spans": frame.height, "rows": rows.height,
                    "cpu_s": round(cpu, 2), "wall_s": round(wall, 2),
                },
            )  # fmt: skip


def deep(count: int) -> pl.DataFrame:
    """Return stacks of LEVELS calls within one another, one stack after the other."""
    ids = np.arange(1, count + 1)
    level = (ids - 1) % LEVELS
    begin = BEGIN_NS + (ids - 1) // LEVELS * SPAN_NS + level
    return _frame(ids, np.where(level > 0, ids - 1, 0), begin, begin + 2 * (LEVELS - level), level)


def wide(count: int) -> pl.DataFrame:
    """Return one call of all others, one after the other."""
    ids = np.arange(1, count + 1)
    begin = BEGIN_NS + ids * 10
    end = np.where(ids > 1, begin + 8, BEGIN_NS + count * 20)
    return _frame(ids, np.where(ids > 1, 1, 0), begin, end, ids)


def _frame(ids: Ints, parent: Ints, begin: Ints, end: Ints, name: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ids, "parent": parent, "begin": begin, "end": end,
            "name": pl.Series(NAMES).gather(name % len(NAMES)),
        }
    )  # fmt: skip


SHAPES = Part("shapes", lines)
