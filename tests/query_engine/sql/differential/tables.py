"""
Random typed tables full of NULLs, ties and edge values.

Columns that arithmetic is done with (``k i s f r m n ts d``) have small values and fractions of
quarters, so that sums are exact in any order; the others have the edges of their types.
"""

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import polars as pl

TIME = pl.Datetime("ns", "UTC")
START_NS = 1_770_000_000_000_000_000
TEXTS = ["", "a", "ab", "Ab", "b_c", "100%", "error: x", "ERROR", "naïve", "zz top", "日本", "ÀB"]
TEXTS += ["😀 s", " pad ", "12", "-3", "a''b", "\\"]
EDGES = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1e300, 5e-324, 0.25, -3.5]
BLOBS = [b"", b"\x00", b"a", b"ab", b"\xff\x00", b"A"]
FEW = ["", "a", "ab", "B", "naïve", "zz"]
NARROW = {"w8": pl.Int8(), "w16": pl.Int16(), "v8": pl.UInt8(), "v16": pl.UInt16()}
NARROW |= {"v32": pl.UInt32()}
HUGE = {"w64": pl.Int64(), "v64": pl.UInt64()}

KINDS = {
    "int": ("k", "i", "s"),
    "float": ("f", "r"),
    "edge": ("e",),
    "dec": ("m", "q"),
    "text": ("t",),
    "bool": ("b",),
    "time": ("ts",),
    "date": ("d",),
    "nano": ("tn",),
    "span": ("iv",),
    "narrow": tuple(NARROW),
    "huge": tuple(HUGE),
    "blob": ("o",),
    "ints": ("l",),
    "texts": ("lt",),
}
"""The columns of each kind; a kind is what expressions are made for."""


def bounds(dtype: pl.DataType) -> list[int]:
    """Return the values at the ends of a type of whole numbers, and some between."""
    bits = int(str(dtype).lstrip("UInt"))
    lowest = 0 if dtype.is_unsigned_integer() else -(2 ** (bits - 1))
    highest = lowest + 2**bits - 1
    return [lowest, highest, highest - 1, 0, 1, 2, 3, 5]


def random_table(rng: random.Random, rows: int) -> pl.DataFrame:
    """Return a table with a column of every type; ``n`` is different in every row."""

    def column(dtype: pl.DataType, make: Callable[[], object]) -> pl.Series:
        values = [None if rng.random() < 0.2 else make() for _ in range(rows)]
        return pl.Series(values, dtype=dtype)

    def moment() -> int:
        return START_NS + rng.randrange(10**7) * 1_000_000_000

    def whole() -> int | None:
        return None if rng.random() < 0.2 else rng.randint(-3, 3)

    columns = {
        "n": pl.Series(rng.sample(range(rows * 3), rows), dtype=pl.Int64()),
        "k": column(pl.Int64(), lambda: rng.randrange(5)),
        "i": column(pl.Int64(), lambda: rng.randint(-9, 9)),
        "s": column(pl.Int32(), lambda: rng.randint(-3, 3)),
        "f": column(pl.Float64(), lambda: rng.randint(-20, 20) / 4),
        "r": column(pl.Float32(), lambda: rng.randint(-20, 20) / 4),
        "e": column(pl.Float64(), lambda: rng.choice(EDGES)),
        "m": column(pl.Decimal(9, 2), lambda: Decimal(rng.randint(-2000, 2000)) / 100),
        "q": column(pl.Decimal(20, 6), lambda: Decimal(rng.randint(-40, 40)) / 8),
        "t": column(pl.String(), lambda: rng.choice(TEXTS).replace("''", "'")),
        "b": column(pl.Boolean(), lambda: rng.random() < 0.5),
        "ts": column(pl.Int64(), moment).cast(TIME),
        "d": column(pl.Int32(), lambda: 20_000 + rng.randrange(-90, 90)).cast(pl.Date()),
        "tn": column(pl.Int64(), lambda: START_NS + rng.randrange(9)).cast(TIME),
        "iv": column(pl.Int64(), lambda: rng.randint(-9, 9) * 1_800_000_000_000).cast(
            pl.Duration("ns")
        ),
        "o": column(pl.Binary(), lambda: rng.choice(BLOBS)),
        "l": column(pl.List(pl.Int64()), lambda: [whole() for _ in range(rng.randrange(4))]),
        "lt": column(pl.List(pl.String()), lambda: rng.sample(["", "a", "B", "é"], 2)),
    }
    for name, dtype in {**NARROW, **HUGE}.items():
        columns[name] = column(dtype, partial(rng.choice, bounds(dtype)))
    return pl.DataFrame(columns)


def window_table(rng: random.Random, rows: int) -> pl.DataFrame:
    """Return a table of few partitions with many ties; ``n`` is different in every row."""
    few = rng.choice([1, 2, 5])

    def column(dtype: pl.DataType, make: Callable[[], object]) -> pl.Series:
        values = [None if rng.random() < 0.2 else make() for _ in range(rows)]
        return pl.Series(values, dtype=dtype)

    def fraction() -> float:
        return rng.choice([rng.randint(-20, 20) / 4, float("nan"), 0.0, -0.0])

    first = dt.date(2024, 10, 4)
    return pl.DataFrame(
        {
            "n": pl.Series(rng.sample(range(rows * 3), rows), dtype=pl.Int64()),
            "g": column(pl.Int64(), lambda: rng.randrange(few)),
            "h": column(pl.String(), lambda: rng.choice(FEW[:few])),
            "i": column(pl.Int64(), lambda: rng.randint(-9, 9)),
            "d": column(pl.Int32(), lambda: rng.randint(-3, 3)),
            "u": column(pl.UInt64(), lambda: rng.randrange(20)),
            "f": column(pl.Float64(), fraction),
            "s": column(pl.String(), lambda: rng.choice(FEW)),
            "b": column(pl.Boolean(), lambda: rng.random() < 0.5),
            "ts": column(pl.Int64(), lambda: START_NS + rng.randrange(40) * 900 * 10**9).cast(TIME),
            "dt": column(pl.Date(), lambda: first + dt.timedelta(days=rng.randrange(60))),
        }
    )


def random_tables(rng: random.Random) -> dict[str, pl.DataFrame]:
    """Return ``x``, ``y`` and ``z`` of every type, and ``w`` for windows; some are empty."""
    tables = {name: random_table(rng, rng.choice([0, 3, 12, 25])) for name in "xyz"}
    return {**tables, "w": window_table(rng, rng.choice([0, 1, 4, 12, 30, 150]))}
