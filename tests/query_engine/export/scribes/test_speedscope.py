"""Speedscope's files, compared with what Perfetto's classes read in its format."""

from collections import Counter
from dataclasses import replace
from functools import partial
from random import Random

import pytest

from query_engine.errors import ExportTooLarge
from query_engine.export import windows
from query_engine.export.scribe import written
from query_engine.export.scribes.speedscope import SpeedscopeScribe
from tests.query_engine.export.reading import Slice, drawn
from tests.query_engine.export.sources import bytes_of, frame_of, random_source, trace_of
from tests.query_engine.export.speedscope_reading import slices_of_speedscope
from tests.query_engine.spans.trees import Span


def as_told(slices: list[Slice], zero: int = 0) -> Counter[Slice]:
    """Return slices with what the format has a place for."""
    return Counter(
        replace(
            one, names=one.names[-1:], begin=one.begin - zero, end=one.end - zero, category="",
            attributes=(),
        )
        for one in slices
    )  # fmt: skip


def without_mark(slice_: Slice) -> Slice:
    """Return a slice whose names do not say that they are open."""
    return replace(slice_, names=tuple(name.removesuffix(" (open)") for name in slice_.names))


@pytest.mark.parametrize("rows_max", [1_000_000, 7])
@pytest.mark.parametrize("seed", range(8))
def test_every_span_is_that_of_the_other_format(monkeypatch, seed, rows_max):
    """
    With its times and its place, on the profile of its track, below the same callers.
    """
    monkeypatch.setattr(windows.Plan.windows, "__defaults__", (rows_max,))
    source = random_source(Random(seed))
    theirs = drawn(bytes_of(source)).slices
    ours, zero = slices_of_speedscope(bytes_of(source, "speedscope"))
    plain = [without_mark(one) for one in ours]
    assert as_told(plain) == as_told(theirs, zero)
    assert Counter(one.names for one in plain) == Counter(one.names for one in theirs)
    opened = Counter(one.names[-1] for one in theirs if ("open", "True") in one.attributes)
    marked = Counter(one.names[-1] for one in ours if one.names[-1].endswith(" (open)"))
    assert marked == Counter({f"{name} (open)": count for name, count in opened.items()})


def test_a_process_without_spans_has_no_profiles():
    """
    The file is valid all the same.
    """
    assert slices_of_speedscope(bytes_of(trace_of(frame_of({}, {})), "speedscope"))[0] == []


def test_more_than_may_lie_on_disk_is_refused(tmp_path):
    """
    With what to do about it, before the disk is full.
    """
    source = trace_of(frame_of({"t": [Span(1, 0, 0, 9, "a"), Span(2, 1, 1, 2, "b")]}, {}))
    extent = source.extent()
    made = partial(SpeedscopeScribe, tmp_path)
    assert b"".join(written(made(4 * 12), extent, source.parts(extent)))
    with pytest.raises(ExportTooLarge, match="shorter range"):
        b"".join(written(made(4 * 12 - 1), extent, source.parts(extent)))
