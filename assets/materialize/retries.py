"""Quarantined blocks that a newer decoder may read: which slices to rebuild for them."""

from assets.decode.catalog import decoder_version
from assets.plan import rows_of
from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.quarantine import quarantined_hours
from assets.views.view import View


def slices_to_retry(lake: Lake, view: View) -> list[Slice]:
    """
    Return the slices with blocks that were refused by another version than decodes them now.

    Rebuilding them decodes those blocks again: what works leaves the quarantine, what does not is
    recorded under the new version, so that no slice comes back for ever.
    """
    kind = rows_of(view)
    with lake.connection() as conn:
        hours = quarantined_hours(conn, view.name)
    per_process = view.scope == "process"
    found = {
        Slice(hour.start, hour.process_id if per_process else "")
        for hour in hours
        if decoder_version(hour.format, kind) != hour.decoder_version
    }
    return sorted(found)
