"""The usual way: a loop over the spans of a block that makes a tuple of each."""

from array import array

import polars as pl

from limnograph.wire import container

TYPES = {"int64": "q", "uint32": "I", "uint8": "B"}
STATUSES = ("UNSET", "OK", "ERROR")


SCHEMA = pl.Schema(
    {
        "id": pl.Int64(),
        "parent": pl.Int64(),
        "depth": pl.UInt32(),
        "begin": pl.Int64(),
        "end": pl.Int64(),
        "duration": pl.Int64(),
        "name": pl.String(),
        "target": pl.String(),
        "filename": pl.String(),
        "line": pl.UInt32(),
        "status": pl.String(),
    }
)
_SENT = ("begin", "duration", "id", "parent", "depth", "site", "status")

Row = tuple[int, int, int, int, int, int, str, str, str, int, str]


def rows(payload: bytes) -> pl.DataFrame:
    """Return the spans of a block as rows."""
    return pl.DataFrame(tuples(payload), schema=SCHEMA, orient="row")


def tuples(payload: bytes) -> list[Row]:
    """Return the spans of a block, columns in the order of SCHEMA."""
    opened = container.open(payload)
    columns = {}
    for name in _SENT:
        column = opened.columns[name]
        values = array(TYPES[column.type])
        values.frombytes(memoryview(column.buffers[0]).cast("B"))
        columns[name] = values
    clock, sites = opened.clock, opened.header["sites"]
    ticks = clock.origin_ticks
    found = []
    for since, duration, id_, parent, depth, place, status in zip(*columns.values(), strict=True):
        ticks += since
        site = sites[place]
        begin, end = clock.unix_ns(ticks), clock.unix_ns(ticks + duration)
        found.append(
            (
                id_, parent, depth, begin, end, end - begin, site["name"], site["target"],
                site["file"], site["line"], STATUSES[status],
            )
        )  # fmt: skip
    return found
