"""
Keys of maps that a view's table knows of: those that it keeps as columns, and those that its files
are looked up by. How each is computed where a file or the tail has no column for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from assets.storage.tables import Snapshot
from assets.storage.tables.promoted import MARK, Promoted, believed
from query_engine.functions.properties.lookup import any_case, exact
from query_engine.sql.catalog import MapKey


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """
    A key as scans yield it: the key itself, or the key in any capitals.

    Attributes:
        stored: The table has a column for it; of one that is only looked up by it has none.
    """

    promoted: Promoted
    any_case: bool
    stored: bool = True

    @property
    def key(self) -> MapKey:
        """What SQL asks for."""
        return MapKey(self.promoted.column, self.promoted.key, self.any_case)

    @property
    def name(self) -> str:
        """The scan's name for it; no view has a column of such a name."""
        stored = self.promoted.name
        return stored.replace(MARK, MARK + MARK, 1) if self.any_case else stored

    @property
    def from_map(self) -> pl.Expr:
        """The value as the map has it."""
        lookup = any_case if self.any_case else exact
        return lookup(pl.col(self.promoted.column), self.promoted.key)

    @property
    def from_column(self) -> pl.Expr:
        """The value as a file has it whose promoted column may be believed."""
        return pl.col(self.promoted.name)


def key_columns_of(snapshot: Snapshot) -> dict[str, KeyColumn]:
    """Return what a scan of the snapshot's table can yield, by the scan's name for it."""
    found = [KeyColumn(key, fold) for key in snapshot.promoted for fold in (False, True)]
    stored = {(key.column, key.key) for key in snapshot.promoted}
    found += [
        KeyColumn(Promoted(lookup.column, lookup.key, 0), fold, stored=False)
        for lookup in snapshot.spec.lookups
        if lookup.key and (lookup.column, lookup.key) not in stored
        for fold in (False, True)
    ]
    return {column.name: column for column in found}


def asked_for(names: Iterable[str], known: Mapping[str, KeyColumn]) -> list[KeyColumn]:
    """Return those of the known key columns that are among *names*, each once."""
    return [known[name] for name in dict.fromkeys(names) if name in known]


def split_by_belief(
    files: pl.DataFrame, keys: Sequence[KeyColumn]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the files in which all the keys' columns may be believed, and the others."""
    if not keys:
        return files, files.clear()
    if not all(key.stored for key in keys):
        return files.clear(), files
    trusted = pl.all_horizontal([believed(key.promoted) for key in keys])
    return files.filter(trusted), files.filter(~trusted)
