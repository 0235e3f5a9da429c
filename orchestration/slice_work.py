"""
Building slices for a run: what one slice's trouble may cost the others, which is nothing.

Two kinds of work. *increment* appends what the tables miss: cheap, what the sensor asks for.
*rebuild* replaces the hours from their blocks: what a person asks for who launches a partition.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assets import materialize as lake_work
from assets.errors import StorageUnavailable
from assets.materialize import Report
from assets.storage.layout import Slice
from assets.storage.tables import WriteConflict
from assets.views.view import View
from orchestration.lake_resource import OpenLake

Work = Literal["increment", "rebuild"]

TRY_AGAIN: tuple[type[Exception], ...] = (StorageUnavailable, WriteConflict)
"""Trouble of the storage, not of a slice: the whole step is tried again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of the slices of a run.

    Attributes:
        reports: What was done, one report per piece of work.
        done: Slices whose table now holds what it should.
        failed: The others, with their errors.
    """

    reports: tuple[Report, ...]
    done: tuple[Slice, ...]
    failed: Mapping[Slice, Exception]


def build(opened: OpenLake, view: View, slices: Sequence[Slice], work: Work) -> Outcome:
    """
    Bring *slices* of *view* up to date; doing it again changes nothing.

    Raises:
        StorageUnavailable: Storage does not answer; what was committed until then stands.
        WriteConflict: Other writers kept winning.
    """
    if work == "rebuild":
        return _one_by_one(slices, lambda slice_: _rebuild(opened, view, [slice_]))
    try:
        report = _increment(opened, view, slices)
    except TRY_AGAIN:
        raise
    except Exception as error:
        if len(slices) == 1:
            return Outcome((), (), {slices[0]: error})
        return _one_by_one(slices, lambda slice_: _increment(opened, view, [slice_]))
    return Outcome((report,), tuple(slices), {})


def _increment(opened: OpenLake, view: View, slices: Sequence[Slice]) -> Report:
    return lake_work.materialize(opened.lake, view, opened.tables, slices=slices)


def _rebuild(opened: OpenLake, view: View, slices: Sequence[Slice]) -> Report:
    return lake_work.rebuild(opened.lake, view, opened.tables, slices)


def _one_by_one(slices: Sequence[Slice], build_one: Callable[[Slice], Report]) -> Outcome:
    reports: list[Report] = []
    done: list[Slice] = []
    failed: dict[Slice, Exception] = {}
    for slice_ in slices:
        try:
            reports.append(build_one(slice_))
            done.append(slice_)
        except TRY_AGAIN:
            raise
        except Exception as error:
            failed[slice_] = error
    return Outcome(tuple(reports), tuple(done), failed)
