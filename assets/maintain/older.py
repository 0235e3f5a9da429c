"""
What is left to rebuild of a table whose view has changed, and what can never be.

Rule: what has rows, and lacks raw blocks that they were made of, is their last copy. It stays,
unless the table of its source has all that it is made of.
"""

from dataclasses import dataclass

from assets.maintain.remaking import remakable
from assets.maintain.tables import SliceFiles, hours_held, snapshot_of
from assets.maintain.task import Site
from assets.materialize import counted, rebuildable
from assets.storage.layout import Slice
from assets.storage.metadata.retention import LAKE, rules
from assets.views.view import View


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """
    How far a table is rebuilt.

    Attributes:
        current: Slices that the view as it is now has built.
        current_bytes: Size of their files.
        waiting: Slices of older generations that can be built anew, newest first.
        kept: Slices of older generations with rows whose raw blocks are gone, all or in part, and
            which no table can give either.
        remade: Slices of a rollup, older or missing, that only its source's table can give.
    """

    current: int
    current_bytes: int
    waiting: tuple[SliceFiles, ...]
    kept: tuple[Slice, ...]
    remade: tuple[SliceFiles, ...] = ()

    @property
    def waiting_bytes(self) -> int:
        """Size of the files that are to be replaced."""
        return sum(one.bytes for one in self.waiting)

    @property
    def share(self) -> float:
        """The part that is done, 0 to 1: of the bytes, or of the slices when there are no rows."""
        done, left = self.current_bytes, self.waiting_bytes
        if not left:
            done, left = self.current, len(self.waiting)
        return done / (done + left) if left else 1.0

    @property
    def described(self) -> str:
        """How far it is, in words; empty when no slice is of an older generation."""
        said = []
        if self.waiting:
            total = self.current + len(self.waiting)
            newest, oldest = self.waiting[0].slice, self.waiting[-1].slice
            said.append(
                f"{self.current:,} of {total:,} slices are rebuilt ({self.share:.0%} of the bytes);"
                f" those from {newest.owner_id} back to {oldest.owner_id} are of an older version"
            )
        if self.remade:
            said.append(
                f"{len(self.remade):,} slices whose raw blocks are gone are to be made from the"
                " table of its source"
            )
        if self.kept:
            said.append(
                f"{len(self.kept):,} slices of an older version stay as they are: their raw blocks"
                " are gone"
            )
        return "; ".join(said)


def rebuilding(site: Site, view: View) -> Rebuilding:
    """
    Return how far a view's table is rebuilt; what retention has emptied is left out.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    snapshot = snapshot_of(site, view)
    counting = counted(view, snapshot, site.lake.connection)
    current = [slice_ for slice_ in counting.coverage if slice_ not in counting.older]
    current_bytes = int(snapshot.files["size_bytes"].sum())
    older = counting.older.keys() | counting.unread
    remade = remakable(site, view)
    if not older:
        return Rebuilding(len(current), current_bytes, (), (), remade)
    # Merged days have to be read for their hours: only where it matters, and the first of all.
    days = [*{slice_.start.date() for slice_ in older}, *snapshot.files["date"].sort()[:1]]
    held = hours_held(site.lake, snapshot, days)
    current_bytes -= sum(held[slice_].bytes for slice_ in older if slice_ in held)
    with site.lake.connection() as conn:
        present = rebuildable(conn, view, older)
        ruled = bool({view.name, LAKE} & rules(conn).keys())
    first = min((slice_.start for slice_ in held), default=None) if ruled else None
    waiting = []
    for slice_ in sorted(present, key=lambda slice_: (slice_.start, slice_), reverse=True):
        emptied = ruled and slice_ not in held and (first is None or slice_.start < first)
        if not emptied:
            waiting.append(held.get(slice_, SliceFiles(slice_, 0, 0, 0)))
    given = present | {one.slice for one in remade}
    kept = sorted(slice_ for slice_ in older if slice_ in held and slice_ not in given)
    return Rebuilding(len(current), current_bytes, tuple(waiting), tuple(kept), remade)
