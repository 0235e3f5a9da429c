"""Many lines of JSON that differ only in numbers, written at once."""

import json

import numpy as np
import polars as pl

from query_engine.export.order import Ints


def text(value: object) -> str:
    """Return a value as JSON, on one line and in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def microseconds(times: Ints) -> pl.Series:
    """Return ns as texts of microseconds with three decimals, none of them lost."""
    ns = pl.Series("ns", times)
    size = ns.abs()
    whole, rest = size // 1000, (size % 1000).cast(pl.String()).str.zfill(3)
    sign = pl.Series("sign", ["", "-"]).gather((ns < 0).cast(pl.UInt32()))
    return sign + whole.cast(pl.String()) + "." + rest


def picked(texts: list[str], which: Ints) -> pl.Series:
    """Return texts by their places in a list."""
    return pl.Series(texts, dtype=pl.String()).gather(np.asarray(which, np.int64))


def together(*parts: pl.Series | str) -> str:
    """Return columns of texts beside each other, rows one after the other."""
    named = [
        pl.lit(part) if isinstance(part, str) else part.alias(str(number))
        for number, part in enumerate(parts)
    ]
    columns = [part for part in named if isinstance(part, pl.Series)]
    exprs = [pl.col(part.name) if isinstance(part, pl.Series) else part for part in named]
    rows = pl.DataFrame(columns).select(pl.concat_str(exprs).str.join("").alias("all"))
    return str(rows["all"][0] or "")
