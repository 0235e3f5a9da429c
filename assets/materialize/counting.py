"""
What of a pinned table counts for a view, when the view is not what it was.

Rule: every slice is answered by exactly one build of it. A slice that an older generation of the
view built counts as it is, with what it covers, until the slice is rebuilt in one commit: nobody
sees it missing, twice or half done, and an answer over many slices may be of two generations. Where
its rows cannot be read as the view's, all its blocks are tail instead; where those are gone, its
rows count all the same, without the columns that cannot be read.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import polars as pl
from psycopg import Connection

from assets.plan import formats_without, tag_of
from assets.storage.layout import Generation, Slice
from assets.storage.metadata.forgetting import sampled_starts
from assets.storage.metadata.presence import slices_present
from assets.storage.tables import Snapshot
from assets.views.generation import generation_of
from assets.views.reading import reading_of
from assets.views.view import View

BUILT_BY = "#generation"
"""Column of ``Counted.files``: the generation that built the file's slice."""


Connect = Callable[[], AbstractContextManager[Connection]]
"""Lends a connection to the metadata."""


@dataclass(frozen=True, slots=True)
class Counted:
    """
    What of a snapshot counts for a view.

    Attributes:
        coverage: How far each slice is covered that counts; all other blocks are tail.
        older: The slices of them that another generation built.
        unread: Slices of other generations that do not count: their rows cannot be read as rows of
            the view, or would mislead, and their blocks are all there to be read instead.
        files: The files to be read, as ``Snapshot.files``; with older slices, also ``BUILT_BY``.
    """

    coverage: Mapping[Slice, int]
    older: Mapping[Slice, Generation]
    unread: frozenset[Slice]
    files: pl.DataFrame


def rebuildable(conn: Connection, view: View, slices: Collection[Slice]) -> frozenset[Slice]:
    """
    Return those of *slices* whose raw blocks are all there: retention and sampling took none.
    """
    present = slices_present(conn, tag_of(view), slices, formats_without(view))
    return present - sampled_slices(conn, view, present)


def sampled_slices(conn: Connection, view: View, slices: Collection[Slice]) -> frozenset[Slice]:
    """Return the slices that lack raw blocks; of one process sampling takes all or none."""
    of_process = view.scope == "process"
    starts = [slice_.start for slice_ in slices]
    sampled = sampled_starts(conn, tag_of(view), starts, of_process=of_process) if starts else set()
    return frozenset(slice_ for slice_ in slices if slice_.start in sampled)


_KNOWN: WeakKeyDictionary[Snapshot, dict[Generation, Counted]] = WeakKeyDictionary()


def counted(view: View, snapshot: Snapshot, connect: Connect) -> Counted:
    """
    Return what of a snapshot counts.

    The metadata is asked only when rows of an older generation cannot be read as the view's.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    generation = generation_of(view)
    known = _KNOWN.setdefault(snapshot, {})
    if generation in known:
        return known[generation]
    strange = _strange(view, snapshot)
    if not strange:
        known[generation] = _counted(generation, snapshot, frozenset(), frozenset())
        return known[generation]
    with connect() as conn:
        return _counted(generation, snapshot, *_unread(conn, view, snapshot, strange))


def _strange(view: View, snapshot: Snapshot) -> frozenset[Generation]:
    """Return the generations whose rows cannot be read as the view's."""
    others = {owner for owner, _ in snapshot.owned().values()} - {generation_of(view)}
    return frozenset(one for one in others if not reading_of(view, snapshot, one).answers(view))


def _unread(
    conn: Connection, view: View, snapshot: Snapshot, strange: frozenset[Generation]
) -> tuple[frozenset[Slice], frozenset[Slice]]:
    """
    Return the slices with rows of strange generations whose blocks can be read instead, and the
    merged days that are left out with them.

    A file of a merged day has rows of many hours: they are read from it, or none of them is.
    """
    places = snapshot.places_of(snapshot.files)
    built = {slice_ for slice_, (owner, _) in snapshot.owned().items() if owner in strange}
    days = {slice_.day for slice_ in built}
    owner_of = snapshot.transactions.get
    merged = frozenset(
        day for day in days if day.owner_id in places and owner_of(day.owner_id) in strange
    )
    doubtful = {one for one in built if one.owner_id in places or one.day in merged}
    present = rebuildable(conn, view, doubtful)
    stay = {one.day for one in doubtful - present} & merged
    return frozenset(one for one in present if one.day not in stay), merged - stay


def _counted(
    generation: Generation, snapshot: Snapshot, unread: frozenset[Slice], days: frozenset[Slice]
) -> Counted:
    owned = {s: built for s, built in snapshot.owned().items() if s not in unread}
    coverage = {slice_: position for slice_, (_, position) in owned.items()}
    older = {slice_: owner for slice_, (owner, _) in owned.items() if owner != generation}
    files = snapshot.files
    if older or unread:
        files = files.with_columns(snapshot.generations_of(files).alias(BUILT_BY))
    if unread:
        gone = {place.owner_id for place in unread | days}
        files = files.filter(~snapshot.names_of(files).is_in(list(gone)))
    return Counted(coverage, older, unread, files)
