"""Decode the histograms of `otlp/v1/metrics` blocks, exponential ones too."""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from assets.decode.decoder import Decoder
from assets.decode.otlp.bins import Flags, Lists, Totals, binned
from assets.decode.otlp.columns import Columns
from assets.decode.rows import HISTOGRAM_ROWS, TIME
from assets.storage.metadata.records import BlockRef

_KINDS = pa.array(["histogram", "exponential_histogram"])
_TEMPORALITIES = pa.array(["unspecified", "delta", "cumulative"])


def decode(payload: bytes, block: BlockRef) -> pl.DataFrame:
    """
    Return one row per point, in the order of the message (schema ``HISTOGRAM_ROWS``).

    Raises:
        BlockCorrupt: The payload breaks the wire format; names the byte offset and the rule.
    """
    columns = Columns.read("histograms", payload, block)
    numbers = columns.numbers
    # A point that says that nothing was recorded has no numbers.
    recorded = numbers("no_value") == 0
    known = {name: recorded & (numbers(f"has_{name}") != 0) for name in ("sum", "min", "max")}
    temporality = numbers("temporality")
    edges = Lists(numbers("bound"), numbers("bounds").astype(np.int64))
    counts = Lists(numbers("bucket"), numbers("counts").astype(np.int64))
    totals = Totals(
        count=np.where(recorded, numbers("count"), 0),
        sum=np.where(known["sum"], numbers("sum"), 0.0),
        low=np.where(known["min"], numbers("min"), np.nan),
        high=np.where(known["max"], numbers("max"), np.nan),
    )
    found = {
        "time": columns.times("time").cast(TIME),
        "start_time": _where(numbers("start_time") != 0, numbers("start_time")).cast(TIME),
        "target": columns["target"],
        "name": columns["name"],
        "unit": columns["unit"],
        "kind": _named(numbers("exponential"), _KINDS),
        "temporality": _named(
            np.where((temporality < 0) | (temporality > 2), 0, temporality), _TEMPORALITIES
        ),
        "count": _where(recorded, numbers("count")),
        **{name: _where(known[name], numbers(name)) for name in ("sum", "min", "max")},
        "scale": _where(numbers("exponential") == 1, numbers("scale")),
        "bounds": columns.plain_lists("bounds", "bound"),
        "counts": columns.plain_lists("counts", "bucket"),
        "histogram": _series(binned(edges, counts, totals)),
        "properties": columns["properties"],
        "property_types": columns.or_null("property_types"),
        "exemplars": columns.lists(
            "exemplars",
            time="exemplar_time",
            value="exemplar_value",
            trace_id="exemplar_trace_id",
            span_id="exemplar_span_id",
            attributes="exemplar_attributes",
        ),
    }
    return pl.DataFrame({name: found[name] for name in HISTOGRAM_ROWS})


def _where(known: Flags, values: NDArray[Any]) -> pl.Series:
    """Return numbers; NULL where they are not known."""
    return _series(pa.array(values, mask=~known))


def _named(numbers: NDArray[Any], names: pa.Array) -> pl.Series:
    """Return the name of each number."""
    codes = pa.array(numbers.astype(np.int32))
    return _series(pa.DictionaryArray.from_arrays(codes, names).dictionary_decode())


def _series(array: pa.Array) -> pl.Series:
    return pl.Series(pl.from_arrow(array))


HISTOGRAMS = Decoder(decode=decode, version=1, object_name="histogram")
