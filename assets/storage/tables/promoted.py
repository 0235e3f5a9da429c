"""
Promoted keys: keys of a map column that many rows have, each kept once more as a plain text column.

Reading one key of a map costs the whole map; reading a column costs a column, and a column has
statistics. The column of key ``route`` of ``properties`` is called ``properties@route`` (other
characters than letters, digits and ``_.-~`` are written as ``%XX``). It holds what the map holds
under exactly that key.

Which promoted columns of a file may be believed says its mask, the column ``properties@``: bit i
stands for the i-th promoted key of the table. Rows that were written before a key was promoted, or
by a program that does not know of it, have NULL there or lack the bit. So have rows among which
one has the same key in other capitals: a reader that takes keys in any capitals needs their maps.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, Schema

from assets.storage.settings import PROMOTED_BITS
from assets.storage.tables.errors import delta_errors
from assets.storage.tables.limits import (
    HOT_ROWS,
    HOT_SAMPLE_ROWS,
    HOT_SHARE,
    PROMOTED_ID_BYTES,
    PROMOTED_VALUE_BYTES,
)
from assets.storage.tables.picking import picked

MARK = "@"
"""Stands between the map column's name and the key."""

STATISTICS = "delta.dataSkippingStatsColumns"
"""Table property: the columns whose statistics go to the log."""

_MAP = pl.Map(pl.String(), pl.String())


@dataclass(frozen=True, slots=True)
class Promoted:
    """
    One promoted key of a table.

    Attributes:
        column: The map column.
        key: The key, exactly as maps have it.
        bit: Its place in the mask of its map column.
    """

    column: str
    key: str
    bit: int

    @property
    def name(self) -> str:
        """Name of the promoted column."""
        return promoted_name(self.column, self.key)

    @property
    def mask(self) -> str:
        """Name of the mask column."""
        return self.column + MARK


def promoted_name(column: str, key: str) -> str:
    """Return what the column of a map's key is called."""
    return column + MARK + quote(key, safe="")


def promoted_in(names: Iterable[str]) -> tuple[Promoted, ...]:
    """Return the promoted keys among the columns of a table, in the table's order."""
    found: list[Promoted] = []
    taken: dict[str, int] = {}
    for name in names:
        column, mark, key = name.partition(MARK)
        if mark and key:
            bit = taken.get(column, 0)
            taken[column] = bit + 1
            found.append(Promoted(column, unquote(key), bit))
    return tuple(found)


def promoted_of(table: DeltaTable) -> tuple[Promoted, ...]:
    """Return the promoted keys of the version at which *table* stands."""
    return promoted_in(field.name for field in table.schema().fields)


def keys_to_promote(
    rows: pl.DataFrame,
    known: Collection[Promoted],
    keys_max: int,
    always: Sequence[tuple[str, str]] = (),
) -> list[tuple[str, str]]:
    """
    Return the (map column, key) that deserve a column and have none, most frequent first.

    Args:
        rows: Rows as the table keeps them.
        known: What is promoted already.
        keys_max: Promoted keys that one map column may have, the known ones included.
        always: What gets a column however rare it is, before all others.
    """
    maps = [name for name, dtype in rows.schema.items() if dtype == _MAP]
    # Delta has no two columns whose names differ in capitals only.
    present = {(key.column, key.key.lower()) for key in known}
    wanted = [pair for pair in always if pair[0] in maps]
    if rows.height >= HOT_ROWS:
        sample = rows.select(maps).gather_every(max(1, rows.height // HOT_SAMPLE_ROWS))
        wanted += [(name, key) for name in maps for key in _hot(sample[name])]
    found: list[tuple[str, str]] = []
    room = dict.fromkeys(maps, min(keys_max, PROMOTED_BITS))
    for column, _ in present:
        room[column] = room.get(column, 0) - 1
    for column, key in dict.fromkeys(wanted):
        if (column, key.lower()) not in present and room[column] > 0:
            present.add((column, key.lower()))
            room[column] -= 1
            found.append((column, key))
    return found


def _hot(maps: pl.Series) -> list[str]:
    """Return the keys that many of *maps* have, with values that are short and no ids."""
    return [
        key
        for key, rows, size, different in _counted(maps)
        if rows >= HOT_SHARE * len(maps)
        and size <= PROMOTED_VALUE_BYTES
        and not (rows > 2 and size >= PROMOTED_ID_BYTES and different > rows // 2)
    ]


def _counted(maps: pl.Series) -> list[tuple[str, int, float, int]]:
    """Return keys with their rows, the mean bytes of their values and how many of them differ."""
    entries = maps.to_frame("map").select(entry=pl.col("map").map.entries()).explode("entry")
    fields = entries.drop_nulls().select(
        key=pl.col("entry").struct.field("key"), value=pl.col("entry").struct.field("value")
    )
    counts = (
        fields.filter(pl.col("key").str.len_bytes() > 0)
        .group_by("key")
        .agg(
            pl.len().alias("rows"),
            pl.col("value").str.len_bytes().mean().fill_null(0),
            pl.col("value").n_unique().alias("different"),
        )
        .sort(pl.col("rows"), "key", descending=[True, False])
    )
    return [(key, rows, size, different) for key, rows, size, different in counts.rows()]


def add_promoted(
    table: DeltaTable,
    keys: Sequence[tuple[str, str]],
    known: Sequence[Promoted],
    stats_columns: Sequence[str],
) -> None:
    """
    Give the table a column for each of *keys*, and statistics of it; they hold nothing yet.

    Args:
        table: A handle of it; it moves to the version that has them.
        keys: What to promote.
        known: What is promoted at the handle's version.
        stats_columns: The table's other columns with statistics.

    Raises:
        WriteConflict: Somebody else changed the table just now.
    """
    masks = {key.mask for key in known}
    added = [name for name in dict.fromkeys(c + MARK for c, _ in keys) if name not in masks]
    fields = [pa.field(name, pa.int64()) for name in added]
    fields += [pa.field(promoted_name(*key), pa.string()) for key in keys]
    old = [name for key in known for name in (key.mask, key.name)]
    names = dict.fromkeys([*stats_columns, *old, *(field.name for field in fields)])
    statistics = ",".join(f"`{name}`" for name in names)
    with delta_errors(table.table_uri.rsplit("/", 1)[-1]):
        if fields:
            table.alter.add_columns(Schema.from_arrow(pa.schema(fields)).fields)
        # Also when a program died between the two: a mask without statistics is never believed.
        if (fields or known) and table.metadata().configuration.get(STATISTICS) != statistics:
            table.alter.set_table_properties({STATISTICS: statistics})


def with_promoted(rows: pl.DataFrame, promoted: Sequence[Promoted]) -> pl.DataFrame:
    """Return *rows* with the promoted columns and masks computed anew from their maps."""
    masks: dict[str, int] = {}
    columns: list[pl.Series | pl.Expr] = []
    for column in dict.fromkeys(key.column for key in promoted):
        if rows.schema.get(column) != _MAP:
            continue  # the view no longer has the map
        keys = [key for key in promoted if key.column == column]
        for key, values in zip(keys, picked(rows[column], [k.key for k in keys]), strict=True):
            masks.setdefault(key.mask, 0)
            if values is None:
                columns.append(pl.lit(None, pl.String).alias(key.name))
                continue
            masks[key.mask] |= 1 << key.bit
            columns.append(values.alias(key.name))
    columns += [pl.lit(mask, pl.Int64).alias(name) for name, mask in masks.items()]
    return rows.with_columns(columns)


def believed(promoted: Promoted) -> pl.Expr:
    """Return, over the frame of a snapshot's files, whether their promoted column holds the key."""
    mask = pl.col(f"min_{promoted.mask}").fill_null(0)
    return (mask // (1 << promoted.bit)) % 2 == 1
