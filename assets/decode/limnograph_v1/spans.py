"""Decode `limnograph/v1` blocks of streams tagged `cpu` into completed spans."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.clock import extents
from assets.decode.limnograph_v1.columns import Columns
from assets.decode.scope_hash import scope_hash
from assets.storage.metadata.records import BlockRef

_STATUSES = pl.Series(["UNSET", "OK", "ERROR"])


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per completed span, in the order of their ends (schema ``SPAN_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    columns = Columns.open(payload, block, "spans")
    begin, end, duration = extents(columns)
    hashes = [
        scope_hash(site["name"], site["file"], site["target"], site["line"])
        for site in columns.opened.header["sites"]
    ]
    sites = {
        "hash": columns.from_sites(hashes, pl.UInt32()),
        "name": columns.site_values("name", pl.String()),
        "target": columns.site_values("target", pl.String()),
        "filename": columns.site_values("file", pl.String()),
        "line": columns.site_values("line", pl.UInt32()),
    }
    looked_up = {key: columns.lookup("site", values) for key, values in sites.items()}
    return pl.DataFrame(
        {
            "id": columns.within("id", columns.numbers("id"), 1),
            "parent": columns.within("parent", columns.numbers("parent"), 0),
            "depth": columns.numbers("depth"),
            "hash": looked_up["hash"],
            "begin": begin,
            "end": end,
            "duration": duration,
            "name": looked_up["name"],
            "target": looked_up["target"],
            "filename": looked_up["filename"],
            "line": looked_up["line"],
            "status": columns.lookup("status", _STATUSES),
            "properties": columns.properties(),
            "in_coroutine": _in_coroutine(columns),
        }
    )


def _in_coroutine(columns: Columns) -> pl.Series:
    """Return which spans a coroutine ran; a writer that does not tell has none."""
    if "coroutine" not in columns.opened.columns:
        return pl.Series([False]).new_from_index(0, columns.rows)
    return columns.within("coroutine", columns.numbers("coroutine"), 0, 1).cast(pl.Boolean)


SPANS = Decoder(decode=decode, version=1, object_name="span")
