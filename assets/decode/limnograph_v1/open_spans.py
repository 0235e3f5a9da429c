"""
Decode what `limnograph/v1` blocks of streams tagged `cpu` list as open: begun and not ended.

Rule: a block tells of the moment at which it was written. Only the newest one of a stream says what
is open now.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limits import TICKS_PER_SECOND_MAX
from assets.decode.limnograph_v1.columns import Columns
from assets.decode.rows import SPAN_ROWS
from assets.decode.scope_hash import scope_hash
from assets.storage.metadata.records import BlockRef

_INT64 = 2**63


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return a row without an end for each open span (schema ``SPAN_ROWS``).

    A span that the block has complete ended while the block was written and is none of them.

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    columns = Columns.open(payload, block, "spans")
    header = columns.opened.header
    ended = set(columns.numbers("id")) if header.get("open_spans") else ()
    found = {
        span["id"]: _row(columns, span, header["sites"][span["site"]])
        for span in header.get("open_spans", ())
        if span["id"] not in ended
    }
    return pl.DataFrame(list(found.values()), schema=SPAN_ROWS)


def _row(columns: Columns, span: Mapping[str, int], site: Mapping[str, Any]) -> dict[str, object]:
    clock = columns.opened.clock
    if clock.ticks_per_second > TICKS_PER_SECOND_MAX:
        raise columns.corrupt(f"{clock.ticks_per_second} ticks/s is over {TICKS_PER_SECOND_MAX=}")
    begin = clock.unix_ns(span["begin_ticks"])
    for what, value, low in (
        ("begins at", begin, -_INT64),
        ("has the id", span["id"], 1),
        ("has the parent", span["parent"], 0),
    ):
        if not low <= value < _INT64:
            raise columns.corrupt(f"an open span {what} {value}")
    return {
        "id": span["id"],
        "parent": span["parent"],
        "depth": span["depth"],
        "hash": scope_hash(site["name"], site["file"], site["target"], site["line"]),
        "begin": begin,
        "end": None,
        "duration": None,
        "name": site["name"],
        "target": site["target"],
        "filename": site["file"],
        "line": site["line"],
        "status": "UNSET",
        "properties": {},
        "in_coroutine": None,
    }


OPEN_SPANS = Decoder(decode=decode, version=1, object_name="open_span")
