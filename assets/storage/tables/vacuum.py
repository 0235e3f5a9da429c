"""Deletion of the files that no reader can need any more, and of what was kept about them."""

import math
from datetime import timedelta

from assets.storage.lake import Lake
from assets.storage.metadata.locks import advisory_lock
from assets.storage.tables.errors import TableMissing, delta_errors
from assets.storage.tables.folders import sweep_folders
from assets.storage.tables.limits import VACUUM_KEEP_MIN
from assets.storage.tables.lookups import sweep_filters
from assets.storage.tables.spec import TableSpec, open_table


def vacuum(lake: Lake, spec: TableSpec, keep: timedelta) -> int:
    """
    Delete files that left the table more than *keep* ago, and those of writes that never landed.

    On a local disk the folders of partitions go too that have been empty for so long.
    *keep*, rounded up to whole hours, must be longer than the longest query and the longest
    write. Returns how many files were deleted.

    Raises:
        ValueError: *keep* is under ``VACUUM_KEEP_MIN``.
        StorageUnavailable: Postgres or the store does not answer.
    """
    if keep < VACUUM_KEEP_MIN:
        raise ValueError(f"vacuum would keep {keep}, VACUUM_KEEP_MIN = {VACUUM_KEEP_MIN}")
    with lake.connection() as conn, advisory_lock(conn, "table maintenance", spec.name):
        try:
            table = open_table(lake, spec)
        except TableMissing:
            return 0
        with delta_errors(spec.name):
            deleted = table.vacuum(
                retention_hours=math.ceil(keep / timedelta(hours=1)),
                dry_run=False,
                enforce_retention_duration=False,
                full=True,
            )
        sweep_filters(lake, spec)
        sweep_folders(lake.table_uri(spec.name), keep)
    return len(deleted)
