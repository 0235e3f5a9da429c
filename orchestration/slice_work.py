"""
Building slices for a run: what one slice's trouble may cost the others, which is nothing.

Two kinds of work. *increment* appends what the tables miss: cheap, what the sensor asks for.
*rebuild* replaces the hours from their blocks: what a person asks for who launches a partition. An
hour of a rollup whose blocks are gone is made from its source's table, as ``rebuild_changed`` does.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from assets import materialize as lake_work
from assets.errors import LakeError, StorageUnavailable
from assets.maintain.remaking import remakable
from assets.materialize import Report
from assets.storage.layout import Slice
from assets.storage.metadata.pace import record_pace
from assets.storage.tables import WriteConflict
from assets.views.catalog import BUILT_IN
from assets.views.view import View
from orchestration.cluster.choosing import place_for
from orchestration.cluster.dask_place import ClusterUnavailable
from orchestration.cluster.place import Place
from orchestration.open_lake import OpenLake

Work = Literal["increment", "rebuild"]

TRY_AGAIN: tuple[type[Exception], ...] = (StorageUnavailable, WriteConflict, ClusterUnavailable)
"""Trouble of the storage, not of a slice: the whole step is tried again."""


class OtherView(LakeError):
    """Who is to build a view knows another version of it than who asks."""

    code = "other_view"


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


@dataclass(frozen=True, slots=True)
class SlicePiece:
    """
    Some slices of a view, as they are sent to whoever builds them.

    Attributes:
        view: By name where every program has it; a view of an operator's goes along.
        fingerprint: What the view is here.
        slices: In a view that is kept per process all of one process.
        work: What is to be done.
        stop_after_s: After this time an increment begins no further commit.
    """

    view: str | View
    fingerprint: str
    slices: tuple[Slice, ...]
    work: Work
    stop_after_s: float | None

    def __call__(self, opened: OpenLake) -> Report:
        """
        Build the slices on the lake that is open here.

        Raises:
            OtherView: The view is not what it was where the piece was made.
        """
        view = BUILT_IN.named(self.view) if isinstance(self.view, str) else self.view
        if view.fingerprint != self.fingerprint:
            raise OtherView(
                f"{view.name} is {view.fingerprint} here, and {self.fingerprint} for the run:"
                " install one release"
            )
        if self.work == "rebuild":
            return self._rebuild(opened, view)
        return self._increment(opened, view)

    def _rebuild(self, opened: OpenLake, view: View) -> Report:
        """Rebuild from raw blocks, or where these are gone from the source's table, if it may."""
        report = lake_work.rebuild(opened.lake, view, opened.tables, self.slices)
        left = {slice_ for slice_ in self.slices if slice_ not in report.slices}
        given = [one.slice for one in remakable(opened.site(), view)] if left else []
        wanted = sorted(left.intersection(given))
        if wanted:
            made = lake_work.rebuild_from_source(opened.lake, view, opened.tables, wanted)
            report.slices |= made.slices
            report.rows += made.rows
            report.commits += made.commits
            report.conflicts += made.conflicts
        return report

    def _increment(self, opened: OpenLake, view: View) -> Report:
        owner = self.slices[0].process_id or None
        limit = self.stop_after_s
        deadline = None if limit is None else time.monotonic() + limit
        report = lake_work.materialize(
            opened.lake,
            view,
            opened.tables,
            slices=self.slices,
            process_id=owner,
            deadline=deadline,
        )
        with opened.lake.connection() as conn:
            record_pace(conn, view.name, report.blocks, report.bytes, report.seconds)
        return report


Tell = Callable[[Slice, Report], None]


def build(
    opened: OpenLake,
    view: View,
    slices: Sequence[Slice],
    work: Work,
    tell: Tell = lambda _slice, _report: None,
    *,
    stop_after_s: float | None = None,
) -> Outcome:
    """
    Bring *slices* of *view* up to date; doing it again changes nothing.

    In a view that is kept per process all of them are of one process.

    Args:
        opened: The lake.
        view: Whose slices.
        slices: Which.
        work: What is to be done with them.
        tell: Called for each slice that is done by itself, right after its commit.
        stop_after_s: After this time an increment begins no further commit: what is left shows as
            uncovered, and the sensor asks again.

    Raises:
        StorageUnavailable: Storage does not answer; what was committed until then stands.
        WriteConflict: Other writers kept winning; all other slices were done.
        ClusterUnavailable: The workers have gone; what was committed until then stands.
    """
    with place_for(opened, len(slices)) as place:
        return build_at(place, view, slices, work, tell, stop_after_s=stop_after_s)


def build_at(
    place: Place,
    view: View,
    slices: Sequence[Slice],
    work: Work,
    tell: Tell = lambda _slice, _report: None,
    *,
    stop_after_s: float | None = None,
) -> Outcome:
    """
    As ``build``, at a place.

    A rebuild is a piece for each slice. Increments are cheapest together, so each of those who work
    at once gets a stretch of slices; one that fails is done again slice by slice.
    """
    name = view.name if BUILT_IN.find(view.name) is view else view

    def piece(group: Sequence[Slice]) -> SlicePiece:
        return SlicePiece(name, view.fingerprint, tuple(group), work, stop_after_s)

    stretched = work == "increment"
    groups = stretches(slices, place.width) if stretched else [[slice_] for slice_ in slices]
    reports: list[Report] = []
    failed: dict[Slice, Exception] = {}
    while groups:
        apart: list[Sequence[Slice]] = []
        for group, became in _each(place, [piece(group) for group in groups]):
            if isinstance(became, Report):
                reports.append(became)
                if not stretched:
                    tell(group[0], became)
            elif len(group) == 1:
                failed[group[0]] = became
            else:
                apart += [[slice_] for slice_ in group]
        groups, stretched = apart, False
    done = tuple(slice_ for slice_ in slices if slice_ not in failed)
    return Outcome(tuple(reports), done, failed)


def stretches(slices: Sequence[Slice], most: int) -> list[Sequence[Slice]]:
    """Return the slices in at most *most* stretches of about the same length."""
    length = -(-len(slices) // most)
    return [slices[at : at + length] for at in range(0, len(slices), length or 1)]


def _each(
    place: Place, pieces: Sequence[SlicePiece]
) -> Iterator[tuple[Sequence[Slice], Report | Exception]]:
    """Do a round of pieces; trouble of the storage ends it, a lost race only after the others."""
    conflict: WriteConflict | None = None
    for number, became in place.each(pieces):
        if isinstance(became, WriteConflict):
            conflict = became
        elif isinstance(became, StorageUnavailable):
            raise became
        else:
            yield pieces[number].slices, became
    if conflict:
        raise conflict
