"""
Hours of a rollup that can be made only from its source's table: their raw blocks are gone.

Rule: where retention removes rows, of the rollup, of its source or of the lake as a whole, it is
not known of an hour whether the source still has all of it. Then nothing is made from tables.
"""

from assets.maintain.tables import SliceFiles, hours_held
from assets.maintain.task import Site
from assets.materialize import lacking_of, rebuildable
from assets.storage.metadata.retention import LAKE, rules
from assets.views.view import View


def remakable(site: Site, view: View) -> tuple[SliceFiles, ...]:
    """
    Return the hours, newest first, with what the source's table holds of each.

    Raises:
        StorageUnavailable: Postgres or the store does not answer.
    """
    lacking = lacking_of(site.lake, view, site.tables)
    if lacking is None or not lacking.slices:
        return ()
    places = lacking.snapshot.places_of(lacking.snapshot.files)
    there = [
        slice_
        for slice_ in lacking.slices
        if slice_.owner_id in places or slice_.day.owner_id in places
    ]
    if not there:
        return ()
    with site.lake.connection() as conn:
        if {view.name, lacking.source.name, LAKE} & rules(conn).keys():
            return ()
        raw = rebuildable(conn, view, there)
    wanted = [slice_ for slice_ in there if slice_ not in raw]
    held = hours_held(site.lake, lacking.snapshot, {slice_.start.date() for slice_ in wanted})
    return tuple(held[slice_] for slice_ in sorted(wanted, reverse=True) if slice_ in held)
