"""
Rows whose time has come leave a table; what the table covers stays, so they do not come back.

Only the log is written: the files are named as removed, and vacuum deletes them when no query can
have pinned them any more. The cost does not depend on how many rows there are.
"""

from collections.abc import Sequence

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.metadata.locks import advisory_lock
from assets.storage.tables.cache import open_snapshot
from assets.storage.tables.errors import TableMissing, WriteConflict
from assets.storage.tables.limits import RETIRE_ATTEMPTS
from assets.storage.tables.snapshot import NO_TABLE
from assets.storage.tables.spec import TableSpec
from assets.storage.tables.write import replace_slices


def retire_slices(lake: Lake, spec: TableSpec, slices: Sequence[Slice]) -> int:
    """
    Remove all rows of *slices* in one commit; return its version, ``NO_TABLE`` when there is none.

    A slice that no generation of the view has covered is left alone.

    Raises:
        WriteConflict: The slices are being written; the next turn tries again.
        LimitExceeded: More than ``REPLACE_SLICES`` slices.
        StorageUnavailable: Postgres or the store does not answer.
    """
    with lake.connection() as conn, advisory_lock(conn, "table maintenance", spec.name):
        for _ in range(RETIRE_ATTEMPTS):
            try:
                return _retire(lake, spec, slices)
            except TableMissing:
                return NO_TABLE
            except WriteConflict:
                continue
    raise WriteConflict(f"{spec.name}: the slices to retire are being written")


def _retire(lake: Lake, spec: TableSpec, slices: Sequence[Slice]) -> int:
    _, snapshot = open_snapshot(lake, spec)
    coverage = {}
    for slice_ in (hour for place in slices for hour in place.hours):
        owned = snapshot.owned().get(slice_)
        if owned:
            coverage[slice_.app_id(owned[0])] = owned[1]
    if not coverage:
        return snapshot.version
    covered = [Slice.from_app_id(app_id)[0] for app_id in coverage]
    return replace_slices(lake, spec, snapshot, covered, spec.schema.empty_table(), coverage)
