"""Delta tables: one per view, written by exactly-once commits, read through pinned snapshots."""

from assets.storage.tables.cache import CacheCounters, TableCache, open_snapshot
from assets.storage.tables.compact import CompactReport, compact_slice
from assets.storage.tables.errors import OtherVersion, TableMissing, TableRefused, WriteConflict
from assets.storage.tables.lookup_cache import LookupCache
from assets.storage.tables.making import ensure_table
from assets.storage.tables.merge_day import merge_day, rows_by_hour
from assets.storage.tables.retire import retire_slices
from assets.storage.tables.snapshot import NO_TABLE, Snapshot
from assets.storage.tables.spec import DATE_FIELD, SLICE_FIELD, TableSpec
from assets.storage.tables.vacuum import vacuum
from assets.storage.tables.write import append, replace_slices

__all__ = [
    "DATE_FIELD",
    "NO_TABLE",
    "SLICE_FIELD",
    "CacheCounters",
    "CompactReport",
    "LookupCache",
    "OtherVersion",
    "Snapshot",
    "TableCache",
    "TableMissing",
    "TableRefused",
    "TableSpec",
    "WriteConflict",
    "append",
    "compact_slice",
    "ensure_table",
    "merge_day",
    "open_snapshot",
    "replace_slices",
    "retire_slices",
    "rows_by_hour",
    "vacuum",
]
