"""span_diff(a, b): what takes longer in one process, or in one period, than in another."""

from dataclasses import dataclass

import polars as pl

from query_engine.sql.catalog import ScanRequest
from query_engine.tables.functions.flame import Period, period
from query_engine.tables.functions.function import LakeFunction, schema_of
from query_engine.tables.session import QuerySession

ROWS = (
    ("path", pl.String(), "names from the outermost span on, `;` between them (in a name: `%3B`)"),
    ("name", pl.String(), "name of the innermost span"),
    ("depth", pl.UInt32(), "how many spans enclose it"),
    ("count_a", pl.UInt64(), "calls by this path in a, 0 for none"),
    ("count_b", pl.UInt64(), "calls in b"),
    ("inclusive_a", pl.Int64(), "nanoseconds of the calls in a"),
    ("inclusive_b", pl.Int64(), "nanoseconds of the calls in b"),
    ("self_a", pl.Int64(), "nanoseconds of a in which no span within ran"),
    ("self_b", pl.Int64(), "nanoseconds of b"),
    ("mean_a", pl.Float64(), "nanoseconds of a call in a, NULL without calls"),
    ("mean_b", pl.Float64(), "nanoseconds of a call in b"),
    ("self_change", pl.Int64(), "self_b minus self_a"),
)
_KEYS = ("path", "name", "depth")
_VALUES = ("count", "inclusive", "self")
_OF_PERIODS = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """The call: what is compared with what."""

    a: Period
    b: Period

    @property
    def schema(self) -> pl.Schema:
        """Columns of the rows."""
        return schema_of(ROWS)

    def scan(self, session: QuerySession, _request: ScanRequest) -> pl.LazyFrame:
        """
        Return a row for each path of either side.

        Raises:
            NotFound: There is no such process.
            TooManyPaths: There are more call paths than can be told apart.
        """
        sides = [
            one.flame(session).select(*_KEYS, pl.col(_VALUES).name.suffix(suffix))
            for one, suffix in ((self.a, "_a"), (self.b, "_b"))
        ]
        both = sides[0].join(sides[1], on=_KEYS, how="full", coalesce=True)
        values = [f"{value}_{side}" for value in _VALUES for side in "ab"]
        return (
            both.with_columns(pl.col(values).fill_null(0))
            .with_columns(
                *(
                    pl.when(pl.col(f"count_{side}") > 0)
                    .then(pl.col(f"inclusive_{side}") / pl.col(f"count_{side}"))
                    .alias(f"mean_{side}")
                    for side in "ab"
                ),
                (pl.col("self_b") - pl.col("self_a")).alias("self_change"),
            )
            .select(self.schema.names())
        )


def opens(*given: object) -> Difference:
    """Check two processes, or one process and two periods."""
    if len(given) < _OF_PERIODS:
        a, b = given
        return Difference(period("span_diff", a), period("span_diff", b))
    process, *times = given
    return Difference(
        period("span_diff", process, *times[:2]), period("span_diff", process, *times[2:])
    )


SPAN_DIFF = LakeFunction(
    name="span_diff",
    written="span_diff('<process_a>', '<process_b>')",
    opens=opens,
    counts=range(2, 6, 3),
    doc=(
        "Two flame tables side by side, joined by call path: those of two processes, or with "
        "`span_diff('<process_id>', '<begin_a>', '<end_a>', '<begin_b>', '<end_b>')` those of two "
        "periods of one. `ORDER BY self_change DESC` shows first what takes longer in b."
    ),
    rows=ROWS,
)
