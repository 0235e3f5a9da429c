"""Decode `limnograph/v1` blocks of streams tagged `trace` into trace spans."""

import polars as pl

from assets.decode.decoder import Decoder
from assets.decode.limnograph_v1.clock import extents
from assets.decode.limnograph_v1.columns import Columns
from assets.decode.rows import EVENTS, LINKS, PROPERTIES
from assets.storage.metadata.records import BlockRef
from limnograph.wire.streams import thread_stream_id

_STATUSES = pl.Series(["UNSET", "OK", "ERROR"])
_KINDS = frozenset({"internal", "server", "client", "producer", "consumer"})
_PREFIX = "limnograph."
TEXTS = ("trace_id", "span_id", "parent_span_id", "status_message")
LISTS = ("events", "links")
"""What a span says of itself among its properties, behind the prefix; lists as JSON."""
_OWN = tuple(_PREFIX + key for key in (*TEXTS, *LISTS))
_PAIRS = pl.List(pl.Struct({"key": pl.String(), "value": pl.String()}))
_EVENTS = pl.List(
    pl.Struct({"after_ns": pl.Int64(), "name": pl.String(), "attributes": _PAIRS}),
)
_LINKS = pl.List(
    pl.Struct(
        {
            "trace_id": pl.String(),
            "span_id": pl.String(),
            "trace_state": pl.String(),
            "attributes": _PAIRS,
        }
    )
)


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per trace span, in the order of the block (schema ``OTEL_SPAN_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks a rule of the format; names the block and the rule.
    """
    columns = Columns.open(payload, block, "traces")
    start, end, duration = extents(columns)
    properties = columns.properties()
    own = _own(properties)
    return pl.DataFrame(
        {
            "trace_id": _ids(columns, own, "trace_id", 32),
            "span_id": _ids(columns, own, "span_id", 16),
            "parent_span_id": own["parent_span_id"],
            "start_time": start,
            "end_time": end,
            "duration": duration,
            "name": columns.lookup("site", columns.site_values("name", pl.String())),
            "kind": _kinds(columns),
            "status": columns.lookup("status", _STATUSES),
            "status_message": own["status_message"],
            "target": columns.lookup("site", columns.site_values("target", pl.String())),
            "properties": _attributes(properties),
            "property_types": pl.Series([None], dtype=pl.String).new_from_index(0, columns.rows),
            "events": _events(own["events"], start),
            "links": _structs(own["links"], _LINKS).cast(LINKS),
            "thread_stream_id": _threads(columns, block),
            "span_number": columns.within("id", columns.numbers("id"), 1),
        }
    )


def _own(properties: pl.Series) -> pl.DataFrame:
    """Return what rows say of themselves among their properties; NULL where they do not."""
    frame = properties.to_frame("map")
    return frame.select(pl.col("map").map.get(key).alias(key.removeprefix(_PREFIX)) for key in _OWN)


def _attributes(properties: pl.Series) -> pl.Series:
    entry = pl.element()
    entries = properties.cast(_PAIRS).to_frame("pairs")
    kept = pl.col("pairs").list.eval(entry.filter(~entry.struct["key"].is_in(_OWN)))
    return entries.select(kept).to_series().cast(PROPERTIES)


def _ids(columns: Columns, own: pl.DataFrame, name: str, digits: int) -> pl.Series:
    found = own[name]
    wrong = ~found.str.contains(f"^[0-9a-f]{{{digits}}}$").fill_null(value=False)
    if wrong.any():
        raise columns.corrupt(f"a trace span has no {name} of {digits} hex digits")
    return found


def _kinds(columns: Columns) -> pl.Series:
    """Return the kind of each span: what its site has as unit."""
    units = [site["unit"] for site in columns.opened.header["sites"]]
    kinds = [unit.upper() if unit in _KINDS else "UNSPECIFIED" for unit in units]
    return columns.lookup("site", columns.from_sites(kinds, pl.String()))


def _structs(texts: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return JSON as lists of structs; an empty list where there is none, or no such JSON."""
    found = _decoded(texts.fill_null("[]"), dtype)
    return found.fill_null([]) if found.null_count() else found


def _decoded(texts: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return JSON decoded, NULL for what is broken: it costs its row the list, no other row."""
    try:
        found = texts.str.json_decode(dtype)
    except pl.exceptions.PolarsError:
        found = texts.clear()
    if len(found) == len(texts):  # an empty text is no row to polars, and no error
        return found
    if len(texts) == 1:
        return pl.Series(texts.name, [None], dtype=dtype)
    half = len(texts) // 2
    return pl.concat([_decoded(texts[:half], dtype), _decoded(texts[half:], dtype)])


def _events(texts: pl.Series, start: pl.Series) -> pl.Series:
    """Return the events, each at its time after the start of its span."""
    found = _structs(texts, _EVENTS)
    if not found.list.len().sum():
        return pl.Series([[]], dtype=EVENTS).new_from_index(0, len(found))
    frame = pl.DataFrame({"row": pl.int_range(len(found), eager=True), "event": found})
    each = (
        frame.with_columns(start=start.cast(pl.Int64))
        .explode("event", empty_as_null=False)
        .unnest("event")
        .select(
            "row",
            event=pl.struct(
                time=pl.col("start") + pl.col("after_ns").fill_null(0),
                name=pl.col("name").fill_null(""),
                attributes=pl.col("attributes").fill_null([]).cast(PROPERTIES),
            ),
        )
        .group_by("row", maintain_order=True)
        .agg("event")
    )
    joined = frame.select("row").join(each, on="row", how="left", maintain_order="left")
    return joined["event"].fill_null([]).cast(EVENTS)


def _threads(columns: Columns, block: BlockRef) -> pl.Series:
    """Return the id of the stream of the thread that each span began on; NULL when not known."""
    numbers = columns.numbers("thread")
    known = [number for number in numbers.unique().to_list() if number]
    ids = [thread_stream_id(block.process_id, number) for number in known]
    return numbers.replace_strict(
        pl.Series(known, dtype=pl.UInt32),
        pl.Series(ids, dtype=pl.String),
        default=None,
        return_dtype=pl.String(),
    )


TRACES = Decoder(decode=decode, version=1, object_name="span")
