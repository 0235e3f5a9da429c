"""Hours whose rows retention does not keep: a rebuild would bring them back for a while."""

from collections.abc import Collection
from datetime import timedelta

from assets.maintain.tables import hours_held, snapshot_of
from assets.maintain.task import Site
from assets.storage.layout import Slice
from assets.storage.metadata.retention import LAKE, rules
from assets.views.view import View


def expired(site: Site, view: View, slices: Collection[Slice]) -> frozenset[Slice]:
    """
    Return those of *slices* that are too old for the view's rule, or that went for want of space.

    The latter are older than all that the table holds: rules by size take the oldest.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    with site.lake.connection() as conn:
        kept = rules(conn)
    own = kept.get(view.name)
    too_old = frozenset[Slice]()
    if own is not None and own.keep_days is not None:
        since = site.now - timedelta(days=own.keep_days)
        too_old = frozenset(slice_ for slice_ in slices if slice_.end <= since)
    by_size = LAKE in kept or (own is not None and own.keep_bytes is not None)
    if not by_size or not slices:
        return too_old
    snapshot = snapshot_of(site, view)
    held = hours_held(site.lake, snapshot, [*snapshot.files["date"].sort()[:1]])
    if not held:
        return too_old
    first = min(slice_.start for slice_ in held)
    return too_old | frozenset(slice_ for slice_ in slices if slice_.start < first)
